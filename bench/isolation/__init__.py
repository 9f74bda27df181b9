"""Where a process of ours runs: in its venv on this machine, or in a container around the same.

launch.py    what is started, for either; door.py runs inside and lets the gateway's socket in
oci.py       docker's and podman's argv; apptainer.py that of apptainer
image.py     an image of an adapter's locks; containerfile.py what it is made of
"""
