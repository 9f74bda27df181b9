"""EvalScope's own benchmarks: its class of each, over the local copy, with the samples' ids.

EvalScope's own loader reads the copy's rows, with two columns more: the sample's id and its table's
config. `record_to_sample`, prompts, examples, extraction and scores are EvalScope's.
"""

import glob
import os

from bench_protocol import Unsupported, read_jsonl

# Its classes that ask more than one question a sample, or for something else than text.
OTHERS = {
    "agent_adapter": "an agent with tools",
    "audio_language_adapter": "a benchmark of sounds",
    "browsergym_adapter": "an agent with a browser",
    "function_call_adapter": "a benchmark of function calls",
    "image_edit_adapter": "a benchmark of edited images",
    "multi_turn_adapter": "a dialogue of several turns",
    "text2image_adapter": "a benchmark of made images",
}
TAGS = {"Audio": "sounds", "Video": "videos", "Agent": "agents", "MultiTurn": "dialogues"}
OVERRIDES = (
    "run_inference",
    "_on_inference",
    "load",
    "load_dataset",
    "load_from_disk",
    "load_subset",
)


def owner_of(name):
    """EvalScope's entry of a benchmark that can be run here; raises Unsupported."""
    from evalscope.api.registry import BENCHMARK_REGISTRY

    try:
        meta = BENCHMARK_REGISTRY.get(name)
    except ImportError as error:
        said = "EvalScope's %s needs the package %s, which this environment leaves out"
        raise Unsupported(said % (name, error.name)) from None
    reason = refusal(meta)
    if reason:
        raise Unsupported("EvalScope's %s: %s" % (name, reason))
    return meta


def refusal(meta):
    """Why a benchmark cannot be asked sample by sample and scored by rule; None where it can."""
    from evalscope.api.benchmark.adapters.default_data_adapter import DefaultDataAdapter

    owner = meta.data_adapter
    for one in owner.__mro__:
        kind = OTHERS.get(one.__module__.rpartition(".")[2])
        if kind:
            return "%s cannot be run here" % kind
    if not issubclass(owner, DefaultDataAdapter):
        return "its class is none of those that ask one question a sample"
    for tag in meta.tags:
        if tag in TAGS:
            return "a benchmark of %s cannot be run here" % TAGS[tag]
    if meta.sandbox_config:
        return "it runs code in a sandbox"
    if not owner.scoring_policy.rule_supported:
        return "it is scored by a judge model alone"
    for name in OVERRIDES:
        if getattr(owner, name) is not getattr(DefaultDataAdapter, name):
            return "its own %s cannot be carried over to a local copy" % name.strip("_")
    return None


class OverCopy:
    """Before EvalScope's class of a benchmark: reads the copy, and tells the job what is asked."""

    bench_job = bench_tally = bench_rows = None

    def __init__(self, **named):
        super().__init__(**named)
        self.save_metadata = True
        parts = list((self.bench_job.spec["task"].get("parts") or {}).values())
        for part in parts:
            if part not in self.subset_list:
                raise Unsupported("EvalScope's %s has no subset %r" % (self.name, part))
        wanted = [one for one in self.subset_list if not parts or one in parts]
        if self.reformat_subset:
            self._there([self.default_subset])
            self.subset_list = wanted
        else:
            self.subset_list = self._there(wanted)

    def _there(self, subsets):
        found = [one for one in subsets if self._tables(one, self.eval_split)]
        if not found:
            said = "EvalScope's %s reads %s, split %r; the local copy holds %s"
            asked = ", ".join(subsets[:3])
            split = subsets[0] if self.split_as_subset else self.eval_split
            raise Unsupported(said % (self.name, asked, split, self.bench_rows.told()))
        return found

    def _tables(self, subset, split):
        if self.split_as_subset:
            subset, split = self.default_subset, subset
        found = self.bench_rows.tables(subset, split, self.default_subset)
        return [table for table, numbers in found if numbers is None or numbers]

    def load_fewshot_subset(self, subset, data_loader):
        if not self._tables(subset, self.train_split):
            raise Unsupported(
                "EvalScope's %s shows %d examples out of the split %r, and the local copy holds %s:"
                " add that split to the copy, or ask without examples: harness_args: {evalscope: "
                "{dataset_args: {few_shot_num: 0}}}"
                % (self.name, self.few_shot_num, self.train_split, self.bench_rows.told())
            )
        self.bench_rows.examples = True
        try:
            return super().load_fewshot_subset(subset, data_loader)
        finally:
            self.bench_rows.examples = False

    def record_to_sample(self, record):
        rows = self.bench_rows
        mark, config = record.pop(rows.mark), record.pop(rows.config)
        given = rows.columns.as_evalscope(self.name, record, config)
        try:
            made = super().record_to_sample(record=given)
        except KeyError as error:
            said = "EvalScope's %s reads the column %s, which the local copy does not have"
            raise Unsupported(said % (self.name, error)) from None
        if isinstance(made, list):
            raise Unsupported("EvalScope's %s makes several samples of a row" % self.name)
        made.metadata = dict(made.metadata, sample=mark)
        if isinstance(made.input, list) and not rows.examples:
            rows.use_files(made.input, mark)
        return made

    def load_dataset(self):
        loaded = super().load_dataset()
        subsets = {name: list(samples) for name, samples in loaded.items() if len(samples)}
        if not subsets:
            raise Unsupported("EvalScope's %s finds no row of its subsets" % self.name)
        shuffled = self.shuffle_choices not in (None, False)
        if shuffled:
            self.bench_job.warn(
                "EvalScope shuffles the choices of %s (by its seed, %s): a letter in an answer is "
                "of the shuffled order" % (self.name, self.seed)
            )
        for name, samples in subsets.items():
            self.bench_rows.asked[name] = [self._ask(one) for one in samples]
            for mark, sample in zip(self.bench_rows.asked[name], samples):
                said = self.bench_rows.known[mark]
                self.bench_job.asked(
                    mark,
                    references=(not shuffled and said["references"]) or targets(sample.target),
                    question=said["question"],
                    images=said["images"],
                    group=said["group"] or (name if len(subsets) > 1 else None),
                    doc_id=said["doc_id"],
                )
        self.bench_tally.expect(sum(len(samples) for samples in subsets.values()))
        return loaded

    @staticmethod
    def _ask(sample):
        """The sample's id, which its messages carry to the model."""
        mark = sample.metadata["sample"]
        for message in sample.input:
            message.metadata = dict(message.metadata or {}, sample=mark)
        return mark


def targets(target):
    return [target] if isinstance(target, str) else [str(one) for one in target]


def register(job, tally, meta, rows):
    """Put the class in EvalScope's registry, and the copy's rows under its loader."""
    from evalscope.api.dataset.hub import DatasetHub

    owner, whole, original = meta.data_adapter, meta.default_subset, DatasetHub.load
    over = {"bench_job": job, "bench_tally": tally, "bench_rows": rows}
    meta.data_adapter = type(owner.__name__, (OverCopy, owner), over)

    def load(self, split, subset="default", **named):
        def own(folder, config, of_split):
            hub = DatasetHub(data_id_or_path=folder, data_source=self.data_source)
            return original(hub, of_split, config, **named)

        return rows.load(own, subset, split, whole)

    DatasetHub.load = load


def evidence(job, rows):
    """What native.py needs beside EvalScope's files."""
    from evalscope.metrics.semantics.naming import canonicalize_producer_identity

    keys = set()
    for path in glob.glob(os.path.join(glob.escape(job.path("raw", "reviews")), "*", "*.jsonl")):
        for row in read_jsonl(path):
            keys.update(row["sample_score"]["score"]["value"] or {})
    metrics = {key: canonicalize_producer_identity(key, "mean").name for key in sorted(keys)}
    return {"asked": rows.asked, "metrics": metrics}
