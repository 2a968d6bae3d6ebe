"""Small GGUF files, made by the package's own writer."""

from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFWriter


def small_gguf(
    file: Path, *, template: str = "{{ messages }}", scale: float = 1.0, pooling: int | None = None
) -> Path:
    """A file with two tensors of 24 and 8 elements and a vocabulary of three tokens."""
    writer: Any = GGUFWriter(file, "llama")
    writer.add_name("Tiny")
    writer.add_license("mit")
    writer.add_context_length(128)
    writer.add_embedding_length(8)
    writer.add_file_type(0)
    writer.add_token_list(["a", "b", "c"])
    writer.add_chat_template(template)
    if pooling is not None:
        writer.add_uint32("llama.pooling_type", pooling)
    writer.add_tensor("token_embd.weight", np.full((3, 8), scale, dtype=np.float32))
    writer.add_tensor("output_norm.weight", np.arange(8, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file
