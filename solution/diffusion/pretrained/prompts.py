# for: editing_* hidden_editing hidden_sdedit hidden_inpaint hidden_illusions
"""Embeddings of prompts, computed once and kept in a folder. Given, nothing to fill in.

A text encoder is larger than the model that it speaks to. With this folder it is loaded once; a
machine that gets the folder needs no text encoder at all.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

Tensor = torch.Tensor


class Prompts:
    """Embeddings by prompt.

    Args:
        folder: holds a file for each prompt, named by a hash of the encoder and the prompt.
        encoder: the name of the text encoder.
        encode: of P prompts, embeddings (P, L, E).
    """

    def __init__(
        self, folder: str | Path, encoder: str, encode: Callable[[Sequence[str]], Tensor]
    ):
        self.folder, self.encoder, self.encode = Path(folder), encoder, encode
        self._known: dict[str, Tensor] = {}

    def __call__(self, prompts: Sequence[str]) -> Tensor:
        """(N, L, E) float16, an embedding for each of N prompts; unknown ones are encoded at once.

        Raises:
            ValueError: a file of the folder is damaged.
            NotLoaded: there is no text encoder for those that are not in the folder.
        """
        wanted = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._known]
        for prompt in wanted:
            if self.path(prompt).exists():
                self._known[prompt] = self._read(prompt)
        unknown = [prompt for prompt in wanted if prompt not in self._known]
        if unknown:
            embeddings = self.encode(unknown).half().cpu()
            for prompt, embedding in zip(unknown, embeddings, strict=True):
                self._known[prompt] = embedding.contiguous()
                self._write(prompt)
        return torch.stack([self._known[prompt] for prompt in prompts])

    def path(self, prompt: str) -> Path:
        """The file of a prompt, there or not."""
        named = hashlib.sha256(json.dumps([self.encoder, prompt]).encode()).hexdigest()
        return self.folder / f"{named[:32]}.safetensors"

    def _read(self, prompt: str) -> Tensor:
        path = self.path(prompt)
        try:
            with safe_open(path, framework="pt") as file:
                about, embedding = file.metadata() or {}, file.get_tensor("embedding")
        except (SafetensorError, OSError) as error:
            raise ValueError(f"{path} is damaged ({error}): delete it") from error
        if about.get("prompt") != prompt or embedding.ndim != 2:
            raise ValueError(f"{path} holds no embedding of {prompt!r}: delete it")
        return embedding

    def _write(self, prompt: str) -> None:
        path, about = self.path(prompt), {"prompt": prompt, "encoder": self.encoder}
        self.folder.mkdir(parents=True, exist_ok=True)
        half_written = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        try:
            half_written.write_bytes(save({"embedding": self._known[prompt]}, about))
            half_written.replace(path)
        finally:
            half_written.unlink(missing_ok=True)


# end for
