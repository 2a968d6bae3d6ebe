"""What can go wrong in an evaluation, told apart by whose doing it is."""


class EvaluationError(Exception):
    """Base of every error of this app."""


class LeaseLost(EvaluationError):
    """This attempt holds the run no longer: nothing of it may be recorded, nobody is to blame."""
