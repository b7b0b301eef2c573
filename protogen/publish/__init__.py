"""Publishing: the only writer into a user's folders.

All targets are checked, staged and journaled before the first of them changes. A kill at any moment
leaves all old trees, all new trees, or a journal by which the next publish completes or undoes the run.
Nothing is imported here: a run that finds all as it should be loads only the modules that look.
"""
