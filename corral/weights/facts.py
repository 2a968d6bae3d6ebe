"""What can be counted of a model: read from its file, or told by whoever serves it."""

from dataclasses import asdict, dataclass, fields

from corral.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Counts that tell a model from others; None where nobody says.

    `tensor_bytes` is what all weights take as they are stored, and so differs between
    quantisations of one model. `context_length` is the one that it was trained for, in tokens.
    """

    parameters: int | None = None
    tensor_bytes: int | None = None
    vocabulary_size: int | None = None
    embedding_length: int | None = None
    context_length: int | None = None

    @classmethod
    def from_json(cls, stored: JsonObject) -> "ModelFacts":
        """Facts as they were stored; what is no count counts as not said."""
        found = {field.name: stored.get(field.name) for field in fields(cls)}
        return cls(**{name: value for name, value in found.items() if isinstance(value, int)})

    def as_json(self) -> JsonObject:
        """For storage."""
        return asdict(self)


UNKNOWN = ModelFacts()
