"""How much of very many fits on a page: what matters first, the rest in order as far as there is room."""

from __future__ import annotations


class Share:
    """Room for so many of the things that are asked for one by one."""

    def __init__(self, room: int, urgent: int) -> None:
        """Keep of ``room`` what ``urgent`` things need; they will be asked for among others."""
        self._urgent = min(room, urgent)
        self._others = room - self._urgent

    def takes(self, *, is_urgent: bool) -> bool:
        """Say whether there is room for one more, and take it."""
        room = self._urgent if is_urgent else self._others
        if not room:
            return False
        if is_urgent:
            self._urgent -= 1
        else:
            self._others -= 1
        return True
