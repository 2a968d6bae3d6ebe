"""What hackathons tell whoever listens; sent after the commit."""

from django.dispatch import Signal

# hackathon_id: UUID. Its timeline, a track, or a team's name changed: boards may look different.
hackathon_changed = Signal()
