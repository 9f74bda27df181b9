"""A GGUF file -> a folder of weights as transformers reads it: PYTHON convert_gguf.py GGUF FOLDER

transformers keeps weights that it read from a GGUF marked as quantised, and refuses to save them.
So their values are put into a fresh model of the same configuration. They are saved as bfloat16,
which the published models are made in; what the quantisation lost stays lost.

FOLDER/weights.json says what was done.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version


def convert(source, target):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, logging

    logging.disable_progress_bar()
    folder, name = os.path.split(os.path.abspath(source))
    quantisation = stored_as(source)
    print("reading %s (%s)" % (name, quantisation))
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    read = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32)
    config = read.config
    del config.quantization_config
    whole = AutoModelForCausalLM.from_config(config)
    whole.load_state_dict(read.state_dict())
    whole.generation_config = read.generation_config
    print("writing bfloat16")
    whole.to(torch.bfloat16).save_pretrained(target)
    tokenizer.save_pretrained(target)
    note = "%s, quantised (%s), written out as bfloat16" % (name, quantisation)
    names = ("transformers", "torch", "gguf")
    about = {
        "quantisation": quantisation,
        "note": note,
        "versions": {name: version(name) for name in names},
    }
    with open(os.path.join(target, "weights.json"), "w", encoding="utf-8") as file:
        json.dump(about, file, indent=1)


def stored_as(source):
    """What the file says of its numbers: Q4_1, Q8_0, F16."""
    from gguf import GGUFReader, LlamaFileType

    field = GGUFReader(source).get_field("general.file_type")
    if field is None:
        return "of a kind that the file does not name"
    kind = LlamaFileType(int(field.contents())).name
    return kind.partition("_")[2]


if __name__ == "__main__":
    convert(sys.argv[1], sys.argv[2])
