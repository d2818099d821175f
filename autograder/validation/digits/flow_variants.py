"""Other implementations of flow matching, right and wrong, beside the nets of `variants`."""

from collections.abc import Sequence

from autograder.validation.known_bugs.entries import Edit

# Of `variants`: only the net differs, which both methods train.
RIGHT_NETS = ("solution", "other_net")
WRONG_NETS = ("t_ignored", "no_skips")

GUIDED = "v_u + guidance_scale * (v_c - v_u)"
EVAL = """    unet.eval()
    device = next(unet.parameters()).device
    c = c.to(device)
"""


def _edit(find: str, replace: str) -> Edit:
    return Edit(file="flow.py", find=find, replace=replace)


# Name -> its edits, or the name of the known bug or correct version that has them.
RIGHT: dict[str, Sequence[Edit] | str] = {
    # Only the sampler differs: these can share the solution's trained nets.
    "flow_heun": "flow_heun",
    "flow_clamped_at_the_end": "flow_clamped_at_the_end",
    # This one needs nets of its own.
    "flow_logit_normal_times": "flow_logit_normal_times",
}
WRONG: dict[str, Sequence[Edit] | str] = {
    # Only the sampler differs.
    "flow_no_guidance": "flow_guidance_without_the_class_dropped",
    "flow_class_never_asked": [_edit(GUIDED, "v_u")],
    "flow_guidance_swapped": "flow_guidance_swapped",
    "flow_one_step": [_edit("k in range(num_ts)", "k in range(num_ts := 1)")],
    "flow_sampler_in_train_mode": [_edit(EVAL, EVAL.replace("eval", "train"))],
    "flow_sampler_the_other_way": "flow_sampler_the_other_way",
    "flow_loop_from_1_to_0": "flow_loop_from_1_to_0",
    "flow_away_from_the_data": "flow_away_from_the_data",
    "flow_dt_forgotten": "flow_dt_forgotten",
    "flow_told_k": "flow_told_k",
    "flow_noise_in_each_step": "flow_noise_in_each_step",
    # These need nets of their own.
    "flow_t_runs_the_other_way": "flow_t_runs_the_other_way",
    "flow_velocity_of_the_other_sign": "flow_velocity_of_the_other_sign",
    "flow_target_without_minus": [_edit("share * x_1, x_1 - x_0", "share * x_1, x_1 + x_0")],
    "flow_target_is_the_data": "flow_target_is_the_data",
    "flow_target_is_the_noise": "flow_target_is_the_noise",
    "flow_target_is_what_is_left_of_the_way": "flow_target_is_what_is_left_of_the_way",
    "flow_other_noise_in_the_target": "flow_other_noise_in_the_target",
    "flow_factors_swapped": "flow_factors_swapped",
    "flow_square_roots": "flow_square_roots",
    "flow_told_one_minus_t": "flow_told_one_minus_t",
    "flow_uniform_noise": "flow_uniform_noise",
    "flow_mask_inverted": "flow_mask_inverted",
}
