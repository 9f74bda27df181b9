"""One set of answers by every harness's own scorer, by our metrics, and why they differ.

cases      an answer to be scored, and the shipped edge cases
answers    answers of a run or of a file of pairs
calling    a harness's scorers.py in its environment
rules      a scorer as a setting of switches; the fewest switches that explain a difference
reading    what of an answer is scored: thinking, markers
anls, relaxed, vqa, ocrbench, exact, choice    the families: our model of each scorer
families   all of them, by name
rows       what was found
parity     the whole of it
"""
