"""Does an adapter keep the protocol? Real jobs against a scripted endpoint say so.

For whoever writes an adapter: `bench backend check NAME`, also for one in a BENCH_ADAPTERS folder.
"""
