"""Everything below a directory: the newest artifact of every run, or every artifact.

Directories that are artifacts themselves are not entered, nor are hidden ones; links are followed, each directory once.
What cannot be listed is a problem, and the rest is found all the same.
"""

from __future__ import annotations

from bnlint.artifacts import hints, naming
from bnlint.artifacts.contents import Candidate, contents
from bnlint.artifacts.damage import reason
from bnlint.artifacts.directory import newest, read_state
from bnlint.artifacts.listing import MAX_DIRECTORIES, Listing
from bnlint.findings import Problem, ProblemKind

MAX_DEPTH = 64


def walk(listing: Listing, path: str, head: str, *, every: bool) -> list[Candidate]:
    """Return what is below the directory before ``head``, in a stable order; a problem is a candidate without a name.

    Args:
        listing: what was seen so far.
        path: the directory as the user wrote it.
        head: what stands before a name in it.
        every: whether to return all artifacts and not only the newest of each run.
    """
    error = listing.why_not(head)
    if error is not None:
        return [_unlisted(listing, path, head, error)]
    walker = _Walker(listing, every=every)
    walker.enter(head, 0)
    if walker.found:
        return walker.found
    return [_problem(path, hints.nothing(listing, head, read_state(listing, head).bases), ProblemKind.NO_CHECKPOINT)]


def _unlisted(listing: Listing, path: str, head: str, error: OSError) -> Candidate:
    """Return what the state file of a directory names that does not say what is in it."""
    found = newest(listing, head, (), read_state(listing, head))
    return found[0] if found else _problem(path, f"cannot be listed: {reason(error)}")


def _problem(path: str, message: str, kind: ProblemKind = ProblemKind.DAMAGED) -> Candidate:
    return Candidate(Problem(path, message, kind), "")


class _Walker:
    """One walk; what it has found stands in the order in which it was met."""

    def __init__(self, listing: Listing, *, every: bool) -> None:
        self._listing = listing
        self._every = every
        self._seen: set[str] = set()
        self.found: list[Candidate] = []

    def enter(self, head: str, depth: int) -> None:
        """Find what is in the directory before ``head``, then in those below."""
        bare = head.rstrip("/") or head
        identity = self._listing.storage.identity(head or ".")
        if identity in self._seen:
            return
        if len(self._seen) >= MAX_DIRECTORIES:
            self._stop(bare, f"was not entered: {MAX_DIRECTORIES} directories were; pass one further down")
            return
        self._seen.add(identity)
        error = self._listing.why_not(head)
        if error is not None:
            self.found.append(_problem(bare, f"cannot be listed: {reason(error)}"))
            return
        here = contents(self._listing, head)
        self.found += self._chosen(head, here.candidates)
        for name in here.subdirectories:
            if depth == MAX_DEPTH:
                self._stop(head + name, f"was not entered: it is {MAX_DEPTH + 1} directories down")
                break
            self.enter(naming.inside(head + name), depth + 1)
        if depth:  # of the first one, the caller may have more to ask
            self._listing.forget(head)

    def _chosen(self, head: str, candidates: tuple[Candidate, ...]) -> list[Candidate]:
        state = read_state(self._listing, head)
        if not self._every:
            return newest(self._listing, head, candidates, state)
        latest = state.bases[:1]
        return [c._replace(is_latest=True) if c.name in latest else c for c in candidates]

    def _stop(self, path: str, why: str) -> None:
        """Say once where the walk ended."""
        if not any(isinstance(c.found, Problem) and c.found.message == why for c in self.found):
            self.found.append(_problem(path, why))
