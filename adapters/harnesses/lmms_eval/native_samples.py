"""The samples of lmms-eval's own tasks: which row of the local copy each request is about."""

import threading

from bench_protocol import image_part

# What lmms-eval's own client for endpoints makes of a task's generation_kwargs; it drops the rest.
WORDS = {
    "max_new_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
}


class Samples:
    """`tables`: of the local copy, by task. `column`: of lmms-eval's rows, with the row's id.

    `pictures` and `rewrite` are the siblings pictures.py and samples.py.
    """

    def __init__(self, job, tables, column, pictures, rewrite):
        self.job, self.tables, self.column = job, tables, column
        self.pictures, self.rewrite = pictures, rewrite
        self.parts = {own: ours for ours, own in (job.spec["task"].get("parts") or {}).items()}
        self.lock = threading.Lock()
        self.ids, self.rows = {}, {}

    def expect(self, requests, loaded):
        """Name what is asked: by the row's id; where that is asked twice, by the task too.

        `loaded`: lmms-eval's rows by task and split.
        """
        own, taken = {}, set()
        for number, task, split in [one.args[-3:] for one in requests]:
            if task not in own:
                own[task] = self._ids(task, loaded[task][split])
            name = own[task][number]
            name = "%s/%s" % (task, name) if name in taken else name
            while name in taken:
                name += "'"
            taken.add(name)
            self.ids[task, number] = name
        for task in own:
            self._read(self.tables[task])

    def _ids(self, task, rows):
        if self.column in rows.column_names:
            return list(rows[self.column])
        self.job.warn("%s makes rows of its own: its answers cannot be paired by id" % task)
        return ["%s#%d" % (task, number) for number in range(len(rows))]

    def _read(self, table):
        pictured = [name for name, kind in table.columns.items() if is_picture(kind)]
        every = (table.references(), table.documents(), table.groups())
        for name, row, references, place, group in zip(table.ids(), table.rows(), *every):
            cells = [row.get(column) for column in pictured]
            lists = [one if isinstance(one, list) else [one] for one in cells]
            self.rows[name] = {
                "references": references,
                "doc_id": place,
                "group": group,
                "images": [path for one in lists for path in one if path],
            }

    def id_of(self, request, _loaded):
        number, task, _split = request.args[-3:]
        return self.ids[task, number]

    def question(self, request, loaded, model):
        """The model and the parts of its message. The config's parameters stand over the task's."""
        prompt, messages, kwargs = request.args[:3]
        told = {"images": []}
        # Two samples never run the task's own functions at once: some of them keep state.
        with self.lock:
            document = self.rewrite.document_of(request, loaded)
        try:
            with self.lock:
                system, content = self.pictures.turn(messages(document))
            content = [self._part(one, document, told["images"]) for one in content]
        finally:
            self._tell(request, document, prompt, told["images"])
        given = model.get("parameters") or {}
        own = parameters(kwargs)
        if "max_completion_tokens" in given:
            own.pop("max_tokens", None)
        system = ([model["system_prompt"]] if model.get("system_prompt") else []) + system
        changed = dict(model, parameters=dict(own, **given), system_prompt="\n".join(system))
        return changed, content

    def _part(self, one, document, shown):
        if one["type"] == "image":
            originals = self._row(document)["images"]
            folder = self.job.path("raw", "images")
            shown.append(self.pictures.file_of(one["url"], originals, folder))
            return image_part(shown[-1])
        return self.rewrite.part(one)

    def prepared(self, request, loaded, chat):
        """The request as lmms-eval made it: the class of the model gets the task's own pixels."""
        with self.lock:
            document = self.rewrite.document_of(request, loaded)
        self._tell(request, document, request.args[0], self._row(document)["images"])
        if not (chat and self.job.spec["model"].get("system_prompt")):
            return request
        messages = request.args[1](document)
        return self.rewrite.with_messages(
            request, messages, self.job.spec["model"]["system_prompt"]
        )

    def _row(self, document):
        none = {"references": [], "doc_id": None, "group": None, "images": []}
        return self.rows.get(document.get(self.column), none)

    def _tell(self, request, document, prompt, images):
        question = document.get("question")
        question = question if isinstance(question, str) else prompt
        row = dict(self._row(document), images=images, question=question)
        if self.parts or len(self.tables) > 1:
            row["group"] = self.parts.get(request.args[-2], request.args[-2])
        self.job.asked(self.id_of(request, None), **row)


def parameters(kwargs):
    """A task's generation_kwargs as parameters of a request."""
    found = {WORDS[name]: value for name, value in kwargs.items() if name in WORDS}
    if kwargs.get("do_sample") is False:
        found["temperature"] = 0
    return {name: value for name, value in found.items() if value is not None}


def is_picture(kind):
    """A column's type in data.json: one image or several."""
    return kind in ("image", {"list": "image"})
