"""The smallest complete adapter. It asks the job's model, or, without one, answers by `answer`."""

from concurrent.futures import ThreadPoolExecutor

from bench_protocol import Unsupported, ask, image_part, main


def evaluate(job):
    if job.spec["task"]["kind"] != "document":
        raise Unsupported("echo has no benchmarks of its own")
    items, model = job.items(), job.spec["model"]
    answer = job.spec["options"].get("answer", "reference")

    def one(item):
        if model:
            parts = [image_part(path) for path in item["images"]]
            text, error = ask(model, item["id"], [*parts, {"type": "text", "text": item["prompt"]}])
        else:
            text, error = item["prompt"], None
            if answer == "reference":
                text = (
                    "" if not item.get("answerable", True) else next(iter(item["references"]), text)
                )
        if error is None:
            job.answered(item["id"], text)
        else:
            job.failed(item["id"], error)

    with ThreadPoolExecutor(job.spec["concurrency"]) as pool:
        for done, _ in enumerate(pool.map(one, items), start=1):
            job.progress(done, len(items))


if __name__ == "__main__":
    main(describe=lambda: {"versions": {"harness": "1"}}, evaluate=evaluate)
