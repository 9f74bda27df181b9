"""The prompts and the source of each metric, so that a number can say what it was asked with."""

import hashlib
import json

PAPER = "Es et al., RAGAS: Automated Evaluation of Retrieval Augmented Generation, arXiv 2309.15217"


def facts(metric):
    """{prompt_sha256, source}; the hash is over the prompts with their places left open."""
    texts = json.dumps(templates(metric)).encode("ascii")
    name = {"faithfulness": "Faithfulness", "answer_relevancy": "AnswerRelevancy"}[metric]
    return {
        "prompt_sha256": hashlib.sha256(texts).hexdigest(),
        "source": "ragas.metrics.collections.%s; %s" % (name, PAPER),
    }


def templates(metric):
    """What RAGAS sends, in the order in which it asks."""
    if metric == "faithfulness":
        from ragas.metrics.collections.faithfulness import util

        asked = util.StatementGeneratorInput(question="{question}", answer="{answer}")
        held = util.NLIStatementInput(context="{context}", statements=["{statement}"])
        return [
            util.StatementGeneratorPrompt().to_string(asked),
            util.NLIStatementPrompt().to_string(held),
        ]
    from ragas.metrics.collections.answer_relevancy import util

    return [util.AnswerRelevancePrompt().to_string(util.AnswerRelevanceInput(response="{answer}"))]
