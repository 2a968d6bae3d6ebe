"""What evaluation tells whoever listens; sent after the commit, and possibly never or twice."""

from django.dispatch import Signal

# lane: Lane. There may be a run to claim for workers of that lane.
run_queued = Signal()
# run_id: UUID, track_id: UUID. The run changed its state (claimed, requeued, ended…).
run_changed = Signal()
# run_id: UUID, track_id: UUID. More of its tasks are done; only counts moved.
run_progressed = Signal()
# track_id: UUID. A re-evaluation was applied: other runs count.
reevaluation_applied = Signal()
