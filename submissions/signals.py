"""What submissions tell whoever listens; sent after the commit."""

from django.dispatch import Signal

# submission_id: UUID
submission_accepted = Signal()
# track_id: UUID. A team declared another submission final.
final_declared = Signal()
