# for: editing_* hidden_editing hidden_sdedit hidden_inpaint hidden_illusions
"""DeepFloyd IF, a large model of photos and art: given, nothing to fill in.

    model = load_deepfloyd()
    eps = model.eps(x, 690, "a photo of a cat")    # x (2, 3, 64, 64)

It has the interface of `diffusion.pretrained.model`; `cond` is a prompt, or one for each image;
None is the empty prompt. It needs a GPU and the library diffusers. Stage 1 draws 64 x 64 pixels
and has learned its variance; stage 2 makes 256 x 256 of them (Saharia et al., "Photorealistic
Text-to-Image Diffusion Models with Deep Language Understanding", 2022).
"""

import gc
import math
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from .loading import NotLoaded, library, loading
from .prompts import Prompts

Tensor = torch.Tensor
Cond = str | Sequence[str] | None

STAGE_1, STAGE_2 = "DeepFloyd/IF-I-L-v1.0", "DeepFloyd/IF-II-L-v1.0"
FOLDER = Path("data/prompts")
ASKED = (
    "a photo of a lighthouse",
    "an oil painting of a harbour",
    "a pencil drawing of a cat",
    "a photo of a red bicycle",
    "a watercolor of a forest",
)
KEPT = 4  # answers: a guided step asks two, and a step of an anagram four
# Never asked for: the pipelines return tensors, which no safety checker or watermark sees.
WITHOUT = dict.fromkeys(("safety_checker", "feature_extractor", "watermarker"))


class _Answer(NamedTuple):
    x: Tensor
    t: int
    prompts: list[str]
    channels: Tensor


class DeepFloyd:
    """Stages 1 and 2, with the interface of `Model`.

    Args:
        stage_1: an `IFPipeline` of diffusers, on its device.
        stage_2: an `IFSuperResolutionPipeline`, or None.
        prompts: embeddings of prompts.
        device: where the nets compute.
        asked: prompts for figures.

    Attributes:
        alpha_bars: (1000,) float32, entry 0 is 0.99996.
    """

    value_range: tuple[float, float] = (-1.0, 1.0)
    guidance = 7.0

    def __init__(
        self,
        stage_1: Any,
        stage_2: Any,
        prompts: Prompts,
        device: torch.device | str = "cpu",
        asked: Sequence[str] = ASKED,
    ):
        self.stage_1, self.stage_2, self.prompts = stage_1, stage_2, prompts
        self.device, self.asked = torch.device(device), asked
        config = stage_1.unet.config
        self.image_shape = config.in_channels, config.sample_size, config.sample_size
        self.alpha_bars = stage_1.scheduler.alphas_cumprod.float().cpu()
        self.num_ts = len(self.alpha_bars)
        self._kept: deque[_Answer] = deque(maxlen=KEPT)

    def eps(self, x: Tensor, t: int, cond: Cond = None) -> Tensor:
        """The noise that the model sees in x, of the shape, dtype and device of x.

        Args:
            x: (N, 3, 64, 64) float32, noisy images at t.
            t: 0 to 999, the same for all images.
            cond: the prompt of all images, or N prompts; None for the empty prompt.

        Raises:
            ValueError: x has another shape, t is not in the table, or cond holds no N prompts.
            NotLoaded: a prompt is new, and the text encoder cannot be loaded.
        """
        return self._channels(x, t, cond)[:, : self.image_shape[0]].to(x)

    def variance(self, x: Tensor, t: int, t_prev: int, cond: Cond = None) -> Tensor:
        """The learned variance of the noise in a step from t to t_prev, of the shape of x.

        For each pixel the net says how far the logarithm of the variance lies between that of
        equation A5 (-1) and that of beta (1), both of this step (Nichol, Dhariwal, "Improved
        Denoising Diffusion Probabilistic Models", 2021, equation 15). To alpha_bar = 1 it is 0.
        """
        here, there = self.alpha_bars[t].item(), self.alpha_bars[t_prev].item()
        if there == 1:
            return torch.zeros_like(x)
        beta = 1 - here / there
        posterior = (1 - there) / (1 - here) * beta
        share = (self._channels(x, t, cond)[:, self.image_shape[0] :].to(x) + 1) / 2
        return torch.exp(share * math.log(beta) + (1 - share) * math.log(posterior))

    def samples(self, prompts: Sequence[str], num_inference_steps: int, seed: int = 0) -> Tensor:
        """(N, 3, 64, 64) float32: an image for each prompt by stage 1 alone, without your code."""
        images = self.stage_1(
            **self._told(prompts),
            num_inference_steps=num_inference_steps,
            generator=torch.Generator().manual_seed(seed),
            guidance_scale=self.guidance,
            output_type="pt",
        ).images
        return images.float().cpu()

    def enlarged(
        self, x: Tensor, prompts: Sequence[str], num_inference_steps: int = 50, seed: int = 0
    ) -> Tensor:
        """(N, 3, 256, 256) float32 by stage 2, of finished images x (N, 3, 64, 64) in [-1, 1].

        Raises:
            NotLoaded: the model was loaded without stage 2.
        """
        if self.stage_2 is None:
            raise NotLoaded("stage 2 is not there: load_deepfloyd(stage_2=...)")
        images = self.stage_2(
            **self._told(prompts),
            image=x.clamp(-1, 1),
            num_inference_steps=num_inference_steps,
            generator=torch.Generator().manual_seed(seed),
            output_type="pt",
        ).images
        return images.float().cpu().clamp(-1, 1)

    def _told(self, prompts: Sequence[str]) -> dict[str, Tensor]:
        none = self.prompts([""] * len(prompts))
        dtype = self.stage_1.unet.dtype
        told = {"prompt_embeds": self.prompts(prompts), "negative_prompt_embeds": none}
        return {name: embeds.to(self.device, dtype) for name, embeds in told.items()}

    def _channels(self, x: Tensor, t: int, cond: Cond) -> Tensor:
        """(N, 6, 64, 64), noise and variance; the last answers are kept, as both are asked for."""
        if x.ndim != 4 or tuple(x.shape[1:]) != self.image_shape:
            expected = ", ".join(str(size) for size in self.image_shape)
            raise ValueError(f"x has shape {tuple(x.shape)}, expected (N, {expected})")
        if t != int(t) or not 0 <= t < self.num_ts:
            raise ValueError(f"t is {t}, expected a whole number from 0 to {self.num_ts - 1}")
        prompts = _of_each(cond, len(x))
        for kept in self._kept:
            if (kept.t, kept.prompts) == (t, prompts) and _same(kept.x, x):
                return kept.channels
        unet = self.stage_1.unet
        with torch.no_grad():
            told = self.prompts(prompts).to(self.device, unet.dtype)
            noisy = x.detach().to(self.device, unet.dtype)
            channels = unet(noisy, int(t), encoder_hidden_states=told, return_dict=False)[0]
        self._kept.append(_Answer(x.detach().clone(), t, prompts, channels))
        return channels


def _same(x: Tensor, other: Tensor) -> bool:
    return x.device == other.device and x.dtype == other.dtype and torch.equal(x, other)


def _of_each(cond: Cond, count: int) -> list[str]:
    """A prompt for each of the images."""
    prompts = [cond or ""] * count if cond is None or isinstance(cond, str) else list(cond)
    if len(prompts) != count or not all(isinstance(prompt, str) for prompt in prompts):
        raise ValueError(f"cond is {cond!r}, expected a prompt, {count} prompts, or None")
    return prompts


def load_deepfloyd(
    stage_1: str | Path = STAGE_1,
    stage_2: str | Path | None = STAGE_2,
    prompts: Sequence[str] = ASKED,
    folder: str | Path = FOLDER,
    device: torch.device | str | None = None,
    offload: bool = False,
    local_files_only: bool = False,
) -> DeepFloyd:
    """The model with its weights: in half precision on a GPU, in float32 on a CPU.

    Args:
        stage_1, stage_2: names on Hugging Face, whose licence you have accepted there, or folders;
            None leaves out stage 2. The text encoder is that of stage 1.
        prompts: those that you want to use: all are encoded before the nets are loaded.
        folder: keeps the embeddings of prompts. If it holds all of them, no text encoder is loaded.
        device: None for the GPU if there is one, else the CPU.
        offload: keep on the GPU only what computes: slower, for a GPU of little memory.
        local_files_only: use no network.

    Raises:
        NotLoaded: a library, the licence, the login, the network or a file is missing.
        ValueError: a file of the folder is damaged.
    """
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    options = {
        "torch_dtype": torch.float32 if device.type == "cpu" else torch.float16,
        "variant": "fp16",
        "use_safetensors": True,  # no pickles
        "local_files_only": local_files_only,
        **WITHOUT,
    }

    def encode(unknown: Sequence[str]) -> Tensor:
        return _encoded(str(stage_1), unknown, device, options)

    embeddings = Prompts(folder, str(stage_1), encode)
    embeddings(["", *prompts])
    first, second = (
        None if source is None else _pipeline(kind, str(source), device, offload, options)
        for kind, source in (("IFPipeline", stage_1), ("IFSuperResolutionPipeline", stage_2))
    )
    return DeepFloyd(first, second, embeddings, device, prompts)


def _pipeline(
    kind: str, source: str, device: torch.device, offload: bool, options: dict[str, Any]
) -> Any:
    """A stage without its text encoder, on the device."""
    diffusers = library("diffusers")
    with loading(source):
        pipeline = getattr(diffusers, kind).from_pretrained(
            source, text_encoder=None, tokenizer=None, requires_safety_checker=False, **options
        )
        if offload and device.type != "cpu":
            pipeline.enable_model_cpu_offload(device=device)
        else:
            pipeline.to(device)
    return pipeline


def _encoded(
    source: str, prompts: Sequence[str], device: torch.device, options: dict[str, Any]
) -> Tensor:
    """(P, 77, 4096) embeddings; the text encoder, the largest of all nets, is freed at the end."""
    diffusers = library("diffusers")
    library("transformers")
    with loading(source):
        pipeline = diffusers.IFPipeline.from_pretrained(
            source, unet=None, requires_safety_checker=False, **options
        )
        if pipeline.text_encoder is None:
            listed = ", ".join(repr(prompt) for prompt in prompts)
            raise NotLoaded(f"{source} has no text encoder, and no file holds {listed}")
        pipeline.to(device)
        embeddings, _ = pipeline.encode_prompt(list(prompts), do_classifier_free_guidance=False)
        embeddings = embeddings.cpu()
    del pipeline
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    return embeddings


# end for
