"""The job's side of a model in this process: the repairs that it needs, and what became of it."""

import importlib.metadata
import os


class OwnProcess:
    def __init__(self, job):
        self.job, self.asked = job, job.spec["model"]["in_process"]
        self.cuda = self.generation = None
        self.replaced, self.unused = [], []

    def repairs(self, cpu):
        """Repairs of VLMEvalKit by modules' names; torch is imported and repaired here."""
        os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
        import torch

        self.cuda = torch.cuda.is_available()
        self.replaced = cpu.without_flash()
        if self.cuda:
            return {}
        cpu.without_cuda()
        return {"vlmeval.smp.misc": cpu.memory}

    def model_class(self, in_process, tally, asking, in_table):
        from bench_protocol import Unsupported

        def made():
            import torch
            import vlmeval.config
            import vlmeval.vlm

            model = self.job.spec["model"]
            self.job.stage("loading %s" % self.asked["model"])
            parameters = dict(model.get("parameters") or {})
            if parameters.get("seed") is not None:
                torch.manual_seed(parameters["seed"])
            system_prompt = model.get("system_prompt")
            built = in_process.build(self.asked, system_prompt, vlmeval, Unsupported)
            self.generation, self.unused = in_process.generation(built, parameters)
            if self.unused:
                self.job.warn(
                    "%s does not take %s: its own setting stands"
                    % (self.asked["model"], ", ".join(self.unused))
                )
            return built

        return in_process.model_class(self.job, tally, asking, made, in_table)

    def told(self):
        """For the result: what the answers depend on besides the weights."""
        told = {"device": "cuda" if self.cuda else "cpu", "generation": self.generation}
        told["unused_parameters"] = self.unused
        if self.replaced:
            told["attention"] = "sdpa: flash-attn, which the model class asks for, is not installed"
        return dict(told, transformers=importlib.metadata.version("transformers"))
