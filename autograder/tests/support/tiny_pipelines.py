"""Pipelines of diffusers with tiny random nets, saved to folders without any network."""

import os
import warnings
from pathlib import Path

import torch

CHARACTERS = "▁abcdefghijklmnopqrstuvwxyz"
WIDTH = 16  # of embeddings of prompts
SIDE = 8  # pixels of stage 1
COSINE = {"num_train_timesteps": 1000, "beta_schedule": "squaredcos_cap_v2"}
# As DeepFloyd's: x_0 is kept in bounds.
LEARNED = {
    **COSINE,
    "variance_type": "learned_range",
    "thresholding": True,
    "sample_max_value": 1.5,
}
WITHOUT = dict.fromkeys(("safety_checker", "feature_extractor", "watermarker"))


def libraries() -> tuple:
    """diffusers and transformers, without a network and without their warnings."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    with warnings.catch_warnings(action="ignore"):
        import diffusers
        import transformers
    return diffusers, transformers


def save_stage_1(folder: Path, **options) -> Path:
    """An `IFPipeline` with a text encoder of letters; options go to `save_pretrained`."""
    diffusers, transformers = libraries()
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -2.0)]
    vocabulary += [(character, -3.0) for character in CHARACTERS]
    with warnings.catch_warnings(action="ignore"), torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = transformers.T5Config(
            vocab_size=len(vocabulary), d_model=WIDTH, d_kv=4, d_ff=16, num_layers=1, num_heads=2
        )
        pipeline = diffusers.IFPipeline(
            tokenizer=transformers.T5Tokenizer(vocab=vocabulary, extra_ids=0),
            text_encoder=transformers.T5EncoderModel(encoder),
            unet=_unet(3, SIDE),
            scheduler=diffusers.DDPMScheduler(**LEARNED),
            requires_safety_checker=False,
            **WITHOUT,
        )
        pipeline.save_pretrained(folder, **{"variant": "fp16", **options})
    return folder


def save_stage_2(folder: Path) -> Path:
    """An `IFSuperResolutionPipeline` for images of twice the side."""
    diffusers, _ = libraries()
    with warnings.catch_warnings(action="ignore"), torch.random.fork_rng():
        torch.manual_seed(1)
        pipeline = diffusers.IFSuperResolutionPipeline(
            tokenizer=None,
            text_encoder=None,
            unet=_unet(6, 2 * SIDE, class_embed_type="timestep"),
            scheduler=diffusers.DDPMScheduler(**LEARNED),
            image_noising_scheduler=diffusers.DDPMScheduler(**COSINE),
            requires_safety_checker=False,
            **WITHOUT,
        )
        pipeline.save_pretrained(folder, variant="fp16")
    return folder


def save_unet2d(folder: Path, classes: int | None = None, **scheduler) -> Path:
    """A `DDPMPipeline`; its net knows so many classes, or none."""
    diffusers, _ = libraries()
    with warnings.catch_warnings(action="ignore"), torch.random.fork_rng():
        torch.manual_seed(2)
        unet = diffusers.UNet2DModel(
            sample_size=(8, 12),
            in_channels=1,
            out_channels=1,
            layers_per_block=1,
            block_out_channels=(8, 16),
            down_block_types=("DownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "UpBlock2D"),
            norm_num_groups=4,
            num_class_embeds=classes,
        )
        table = diffusers.DDPMScheduler(num_train_timesteps=200, **scheduler)
        diffusers.DDPMPipeline(unet, table).save_pretrained(folder)
    return folder


def _unet(channels: int, side: int, **options):
    diffusers, _ = libraries()
    return diffusers.UNet2DConditionModel(
        sample_size=side,
        in_channels=channels,
        out_channels=6,
        layers_per_block=1,
        block_out_channels=(8, 16),
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        encoder_hid_dim=WIDTH,
        cross_attention_dim=WIDTH,
        attention_head_dim=8,
        norm_num_groups=4,
        addition_embed_type="text",
        addition_embed_type_num_heads=2,
        resnet_time_scale_shift="scale_shift",
        act_fn="gelu",
        **options,
    )
