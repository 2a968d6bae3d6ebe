"""What scoreboards tell whoever listens; sent after the commit, and possibly never."""

from django.dispatch import Signal

# channel: str, message: dict. Everybody who watches the channel of topic "board" should hear it.
board_changed = Signal()
