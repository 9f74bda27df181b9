#!/bin/sh
# Installs the bundle that this file lies in:  sh install.sh FOLDER
# Needs sh and the Python that the bundle was made for; no network, no pip, no compiler.
# Another Python than the one on PATH:  PYTHON=/path/to/python sh install.sh FOLDER
# What follows FOLDER is for `bench bundle install`:  sh install.sh FOLDER --without-images
set -eu

fail() {
    echo "error: $1" >&2
    [ -z "${2:-}" ] || echo "  $2" >&2
    exit "${3:-2}"
}

[ $# -ge 1 ] && [ -n "$1" ] || fail "one folder is to be named" "sh $0 FOLDER"
into=$1
shift
bundle=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
[ -f "$bundle/bundle.json" ] || fail "$bundle is no whole bundle: it has no bundle.json"
wanted=$(sed -n 's/^ "python": "\(3\.[0-9]*\)",*$/\1/p' "$bundle/bundle.json")
[ -n "$wanted" ] || fail "$bundle/bundle.json does not say which Python it is for" \
    "copy the bundle again"

python=
for one in "${PYTHON:-}" "python$wanted" python3 python; do
    if [ -n "$one" ] && "$one" -c '
import sys
sys.exit("%d.%d" % sys.version_info[:2] != sys.argv[1])' "$wanted" 2>/dev/null; then
        python=$one
        break
    fi
done
[ -n "$python" ] || fail "no Python $wanted was found" \
    "install it, or say where it is: PYTHON=/path/to/python$wanted sh $0 $into"

mkdir -p -- "$(dirname -- "$into")"
scratch=$(mktemp -d "$(dirname -- "$into")/.installing-XXXXXX")
scratch=$(CDPATH='' cd -- "$scratch" && pwd -P)
trap 'rm -rf -- "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

if [ ! -d "$bundle/wheels" ]; then
    [ -f "$bundle/bundle.tar.001" ] || fail "$bundle has no package files" "copy the bundle again"
    mkdir "$scratch/bundle"
    cat "$bundle"/bundle.tar.* | tar -xf - -C "$scratch/bundle" ||
        fail "the volumes in $bundle are not whole" "copy the bundle again" 3
    bundle=$scratch/bundle
fi

# The installer's own Python: of the bundle's package files, each checked before anything of it runs.
"$python" -I - "$bundle" "$scratch" <<'PYTHON' || exit 3
import hashlib, json, os, pathlib, re, subprocess, sys, zipfile

bundle, scratch = map(pathlib.Path, sys.argv[1:])
files = json.loads((bundle / "bundle.json").read_text("utf-8"))["files"]


def checked(name):
    try:
        content = (bundle / name).read_bytes()
    except OSError as error:
        sys.exit("error: %s: %s\n  copy the bundle again" % (name, error.strerror))
    if name not in files or hashlib.sha256(content).hexdigest() != files[name]["sha256"]:
        sys.exit("error: %s is not as it was packed\n  copy the bundle again" % name)
    return content


lock = "locks/core.lock"
checked(lock)
uv = next((one for one in files if re.match(r"wheels/uv-[^/]*\.whl$", one)), None)
if uv is None:
    sys.exit("error: the bundle carries no uv\n  make the bundle anew")
checked(uv)
program = scratch / "uv"
with zipfile.ZipFile(bundle / uv) as wheel:
    (inside,) = [one for one in wheel.namelist() if re.search(r"\.data/scripts/uv$", one)]
    program.write_bytes(wheel.read(inside))
program.chmod(0o755)
kept = {k: v for k, v in os.environ.items() if not k.startswith(("UV_", "PIP_", "PYTHON"))}
told = {"UV_CACHE_DIR": str(scratch / "cache"), "UV_OFFLINE": "1", "UV_NO_CONFIG": "1"}
told.update(UV_PYTHON_DOWNLOADS="never", NO_COLOR="1")
venv = str(scratch / "venv")
links = (bundle / "wheels").as_uri()
for argv in (
    ["venv", "--no-project", "--quiet", "--python", sys.executable, venv],
    ["pip", "install", "--quiet", "--python", venv + "/bin/python", "--require-hashes"]
    + ["--no-index", "--find-links", links, "--requirement", str(bundle / lock)],
):
    if subprocess.run([str(program), *argv], env={**kept, **told}).returncode:
        sys.exit("error: the installer could not be made ready (see above)")
PYTHON

UV_CACHE_DIR=$scratch/cache "$scratch/venv/bin/bench" bundle install "$bundle" --into "$into" "$@"
