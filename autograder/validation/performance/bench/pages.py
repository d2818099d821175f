"""What was measured, as a page of Markdown tables; everything in it comes from the results."""

from collections.abc import Iterable, Sequence

PASSES = 2  # of the net in one step of guided sampling
PRECISIONS = {"float32": "fp32", "bfloat16": "bf16"}

THEIRS = (
    "Plain is fp32, digits fetched one by one, Adam; our sampler asks the net twice a step, their "
    "pipelines once with twice the batch. Best is the fastest of fp32 and bf16, both layouts, "
    "eager and compiled (sampling: also one pass and two). Their example trains with AdamW, "
    "clipped gradients, a cosine schedule and an average of the weights, in fp32. Their net has no "
    "attention; decoding of images and accelerate are left out, in its favour."
)


def page(results: dict) -> str:
    """The whole page."""
    parts = [_heading(results)]
    for one in results["widths"]:
        parts += [f"## D = {one['D']}", _nets(one), _comparisons(one, results["environment"])]
        parts += [_speeds(one, results["peaks"])]
        for kind in ("training", "sampling"):
            parts += [f"### What each step gives: {kind}", _steps(one[kind]["steps"])]
    parts += [_peaks(results["peaks"])]
    if "wall_clock" in results:
        parts.append(_wall_clock(results["wall_clock"]))
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a | in a cell would end it, and is replaced."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines
    )


def ratio(one: dict[str, float]) -> str:
    """Median, lowest and highest."""
    return f"{one['median']:.2f}× ({one['least']:.2f}–{one['most']:.2f})"


def _heading(results: dict) -> str:
    told, work = results["environment"], results["sizes"]
    theirs = f", diffusers {told['diffusers']}" if told["diffusers"] else ""
    quick = " **A quick run: its figures mean nothing.**" if results["quick"] else ""
    return "\n\n".join(
        [
            f"# Speed on {told['device']}",
            "Written by `make bench`; do not edit." + quick,
            f"{told['processor']}, {told['threads']} threads, torch {told['torch']}{theirs}; "
            f"{told['started']}. Other work on the machine when it started: "
            f"{told['load_before']:.1f} of {told['cores']:g} cores.",
            f"Contenders take turns in one process, {results['rounds']} rounds after a warm-up: "
            "images/s are medians; a ratio is the median of the rounds' ratios (lowest–highest). "
            f"A turn of training is {work['train_steps']} steps of {work['batch']} images. A turn "
            f"of sampling is {work['chain_steps']} steps of the chain for {work['samples']} guided "
            f"images; time per step is measured and multiplied by T = {work['num_ts']}.",
            *([THEIRS] if told["diffusers"] else []),
            *results["notes"],
        ]
    )


def _nets(one: dict) -> str:
    rows = [
        (
            name,
            f"{net['parameters']:,}",
            f"{net['forward'] / 1e6:.0f} M",
            f"{net['both'] / 1e6:.0f} M",
        )
        for name, net in one["nets"].items()
    ]
    return table(("net", "parameters", "FLOPs an image, forward", "forward + backward"), rows)


def _comparisons(one: dict, told: dict) -> str:
    rows = []
    for kind in ("training", "sampling"):
        for pair in one[kind]["comparisons"]:
            goal = "–"
            if told["device"] == "cpu":
                met = "met" if pair["ratio"]["median"] >= pair["goal"] else "not met"
                goal = f"≥ {pair['goal']:g}×: {met}"
            rows.append((kind, pair["first"], pair["second"], ratio(pair["ratio"]), goal))
    return table(("", "first", "second", "first over second", "goal on a CPU"), rows)


def _speeds(one: dict, peaks: dict) -> str:
    rows = []
    for kind in ("training", "sampling"):
        for name, arm in one[kind]["arms"].items():
            share = _share(one, kind, name, arm, peaks)
            speed = f"{arm['images_per_second']:.3g}"
            rows.append((kind, name, arm["recipe"], speed, f"{share:.0%}"))
    return table(("", "contender", "recipe", "images/s", "share of the conv peak"), rows)


def _share(one: dict, kind: str, name: str, arm: dict, peaks: dict) -> float:
    """FLOP/s of the nets' convolutions over those of the best convolution alone."""
    net = one["nets"]["ours" if name.startswith("ours") else "diffusers"]
    peak = peaks["bfloat16" if "bf16" in arm["recipe"] else "float32"]
    if kind == "training":
        return net["both"] * arm["images_per_second"] / peak["both"]
    return PASSES * net["forward"] * one["num_ts"] * arm["images_per_second"] / peak["forward"]


def _steps(steps: list[dict]) -> str:
    rows = []
    for step in steps:
        if "failed" in step:
            rows.append(
                (step["change"], step["prediction"], f"did not run: {step['failed']}", "", "")
            )
            continue
        first = step is steps[0]
        before = "" if first else ratio(step["over_before"])
        plain = "" if first else ratio(step["over_plain"])
        speed = f"{step['images_per_second']:.3g}"
        rows.append((step["change"], step["prediction"], speed, before, plain))
    return table(("change", "predicted", "images/s", "over the row before", "over plain"), rows)


def _peaks(peaks: dict) -> str:
    rows = [
        (PRECISIONS[name], f"{one['forward'] / 1e9:,.0f}", f"{one['both'] / 1e9:,.0f}")
        for name, one in peaks.items()
    ]
    head = ("3 × 3 convolution", "forward, GFLOP/s", "forward + backward, GFLOP/s")
    return f"## The measured convolution peak\n\n{table(head, rows)}"


def _wall_clock(took: dict) -> str:
    return (
        "## Wall clock, `--fast`\n\n"
        f"{took['epochs']} epochs of {took['digits']:,} digits: {took['training_seconds']:.1f} s. "
        f"{took['samples']:,} guided samples: {took['sampling_seconds']:.1f} s."
    )
