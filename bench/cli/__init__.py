"""The command line. Commands are loaded when they are called: `bench --help` stays instant."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from bench import __version__
from bench.errors import BUG, INTERRUPTED, NOT_OK, BenchError

COMMANDS = {
    "eval": ("bench.cli.eval", "Run models through a harness on tasks, and report."),
    "score": ("bench.cli.score", "Score a run again, or pairs from a file; no model is asked."),
    "judge": ("bench.cli.judge", "Let a judge model that you name score a run's answers."),
    "report": ("bench.cli.run", "Show a run's report, or write it in another format."),
    "show": ("bench.cli.show", "What a run has, and every request that was sent."),
    "convert": ("bench.cli.convert", "Write VLMHyperBench's user_config.csv as our YAML."),
    "import": ("bench.cli.import_", "Make a run of results that a harness left without bench."),
    "export": ("bench.cli.export", "Put a run's numbers into a file of another form."),
    "compare": ("bench.cli.compare", "Say whether a model is better, record by record."),
    "gate": ("bench.cli.gate", "GO, NO-GO or INCONCLUSIVE: may this run replace that one?"),
    "reproduce": ("bench.cli.reproduce", "Do published numbers hold: run them, or score answers."),
    "diff": ("bench.cli.diff", "Say what differs between two runs: what was asked, what scored."),
    "parity": ("bench.cli.parity", "Score answers by all harnesses' own scorers; why they differ."),
    "runs": ("bench.cli.runs", "List, show, tag, remove and archive the runs that are kept."),
    "leaderboard": ("bench.cli.leaderboard", "Rank the jobs of many runs, task by task."),
    "task": ("bench.cli.task", "List, show, check, make and import tasks."),
    "data": ("bench.cli.data", "Take, list, verify local copies of benchmarks' data."),
    "prompt": ("bench.cli.prompt", "List, show, check and import prompts."),
    "model": ("bench.cli.model", "List and show models."),
    "backend": ("bench.cli.backend", "List the harnesses and what they know."),
    "doctor": ("bench.cli.doctor", "What is there, what is missing, and what to type."),
    "fetch": ("bench.cli.fetch", "Fetch models and data sets of a hub, at a revision."),
    "bundle": ("bench.cli.bundle", "Pack all that a run needs, for a machine without network."),
    "env": ("bench.cli.env", "Build, list, check, remove and lock environments."),
}


class Lazy(click.Group):
    """A group whose commands stand in COMMANDS and are imported on use."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(
            importlib.import_module(COMMANDS[cmd_name][0]), f"{cmd_name}_command"
        )
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from bench.errors import suggestion

        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(f"unknown command {args[0]!r}: {suggestion(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(
    cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="bench")
def bench() -> None:
    """One config, any harness, one honest report on how well a model reads documents.

    bench eval --backend vlmevalkit --model rapidocr --task receipts:ocr
    """


def main() -> NoReturn:
    """The one place where errors become words and an exit code (bench/errors.py)."""
    try:
        code = bench.main(prog_name="bench", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except BenchError as error:
        say_error(error.message, error.hint)
        sys.exit(error.exit_code)
    except click.UsageError as error:
        hint = f"{error.ctx.command_path} --help" if error.ctx else "bench --help"
        say_error(error.format_message(), hint)
        sys.exit(2)
    except click.ClickException as error:
        say_error(error.format_message(), None)
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        say_error("interrupted", None)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # `bench ... | head`: a run that it cut short is not ok
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(NOT_OK)
    except Exception as error:  # noqa: BLE001  (a bug: the log has all, the person two lines)
        say_error(f"bug: {type(error).__name__}: {error}", f"please report it with {_log()}")
        sys.exit(BUG)


def say_error(message: str, hint: str | None) -> None:
    """At most two lines for the person, on standard error."""
    flat = " ".join(message.split("\n")).strip()
    click.echo(f"error: {flat}", err=True)
    if hint:
        click.echo(f"  {hint}", err=True)


def _log() -> Path:
    import platform
    import traceback

    from bench import resources

    folder = resources.logs()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "bug.log"
    where = f"bench {__version__}, Python {platform.python_version()}, {platform.platform()}"
    text = f"{where}\n\n{traceback.format_exc()}"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
    return path
