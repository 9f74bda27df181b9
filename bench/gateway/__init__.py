"""The proxy between harness and endpoint: retries, time-outs, and the one record of both sides.

It runs as a process of its own (`launch.gateway_command`). The core reads `settings`, `record` and
`launch`; the other modules belong to that process and are imported by it alone.
"""
