# What Optax computes for optimizers, wrappers and schedules, as JSON beside this file: python generate.py
# Every case is fed the same gradients for eight steps; its updates of all steps and last parameters are kept.

import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import optax

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(0)
STEPS = 8


def draw(*shape):
    return np.round(rng.normal(size=shape), 3).astype("float32")


def tree():
    return {"body": {"bias": draw(3), "kernel": draw(2, 3)}, "head": {"bias": draw(2), "kernel": draw(3, 2)}}


def labels(params, head="head", body="body"):
    return {"body": jax.tree.map(lambda _: body, params["body"]), "head": jax.tree.map(lambda _: head, params["head"])}


def matrices(params):
    return jax.tree.map(lambda p: p.ndim > 1, params)


def kernels(params):
    return jax.tree.map_with_path(lambda path, _: path[-1].key == "kernel", params)


def plain(x):
    if isinstance(x, dict):
        return {key: plain(value) for key, value in x.items()}
    if isinstance(x, list):
        return [plain(value) for value in x]
    # NaN and infinity are no JSON.
    return np.vectorize(lambda v: float(f"{v:.9g}") if np.isfinite(v) else None, otypes=[object])(np.asarray(x)).tolist()


start = tree()
gradients = [tree() for _ in range(STEPS)]


def every_k(step):
    return jnp.where(step < 1, 2, 3)


def large(updates, gradient_step, params):
    return optax.skip_large_updates(updates, gradient_step, params, 20.0)


def multi_steps(inner, k, **options):
    return optax.MultiSteps(inner, k, **options).gradient_transformation()


optimizers = {
    "lamb": optax.lamb(0.1),
    "lambOptions": optax.lamb(0.1, b1=0.8, eps=1e-3, eps_root=1e-4, weight_decay=0.05, mask=matrices),
    "trustRatio": optax.scale_by_trust_ratio(min_norm=0.5, trust_coefficient=0.1, eps=0.01),
    "adamwMask": optax.adamw(0.1, weight_decay=0.1, mask=matrices),
    "adamEpsRoot": optax.adam(0.1, eps_root=1e-3),
    "lionMask": optax.lion(0.1, weight_decay=0.1, mask=kernels),
    "rmspropAll": optax.rmsprop(0.1, decay=0.8, centered=True, momentum=0.9, nesterov=True),
    "masked": optax.masked(optax.adam(0.1), kernels),
    "multiTransform": optax.multi_transform(
        {"head": optax.adam(0.1), "body": optax.sgd(0.5, momentum=0.9)}, labels
    ),
    "frozen": optax.multi_transform({"head": optax.adam(0.1), "frozen": optax.set_to_zero()}, lambda p: labels(p, body="frozen")),
    "multiSteps": multi_steps(optax.adam(0.1), 3),
    "multiStepsSum": multi_steps(optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.1)), 2, use_grad_mean=False),
    "multiStepsSchedule": multi_steps(optax.adamw(0.1), every_k),
    "multiStepsSkip": multi_steps(optax.adam(0.1), 2, should_skip_update_fn=large),
    "ema": optax.ema(0.9),
    "emaBiased": optax.chain(optax.ema(0.5, debias=False), optax.scale(-0.1)),
    "inject": optax.inject_hyperparams(optax.adamw)(
        optax.linear_schedule(0.1, 0.01, 6), b1=optax.exponential_decay(0.9, 4, 0.5), weight_decay=0.1
    ),
    "linearOnecycle": optax.sgd(optax.linear_onecycle_schedule(8, 0.5)),
    "cosineOnecycle": optax.adam(optax.cosine_onecycle_schedule(8, 0.5, 0.4, 10.0, 100.0)),
}


def run(optimizer, given):
    params, state, updates = start, optimizer.init(start), []
    for gradient in given:
        update, state = optimizer.update(gradient, state, params)
        params = optax.apply_updates(params, update)
        updates.append(update)
    return {"updates": updates, "params": params}


cases = {name: run(optimizer, gradients) for name, optimizer in optimizers.items()}

# Steps 1 to 3 and 5 are bad; two of the bad ones in a row are overlooked.
bad = [jax.tree.map(lambda g: g * np.float32(np.nan if i in (1, 2, 3, 5) else 1), g) for i, g in enumerate(gradients)]
finite = run(optax.apply_if_finite(optax.sgd(0.1, momentum=0.9), 4), bad)
cases["applyIfFinite"] = finite
cases["applyIfFiniteGivesUp"] = run(optax.apply_if_finite(optax.sgd(0.1), 2), bad)

# A rate changed by hand after the third step.
optimizer = optax.inject_hyperparams(optax.adam)(0.1)
params, state, updates = start, optimizer.init(start), []
for i, gradient in enumerate(gradients):
    if i == 3:
        state.hyperparams["learning_rate"] = jnp.float32(0.01)
    update, state = optimizer.update(gradient, state, params)
    params = optax.apply_updates(params, update)
    updates.append(update)
cases["changed"] = {"updates": updates, "params": params}

schedules = {
    "linearOnecycle": optax.linear_onecycle_schedule(20, 0.5),
    "linearOnecycleOptions": optax.linear_onecycle_schedule(20, 0.5, 0.25, 0.7, 10.0, 50.0),
    "cosineOnecycle": optax.cosine_onecycle_schedule(20, 0.5),
    "cosineOnecycleOptions": optax.cosine_onecycle_schedule(20, 0.5, 0.45, 10.0, 50.0),
    "interpolateLinear": optax.piecewise_interpolate_schedule("linear", 2.0, {3: 0.5, 9: 0.1, 15: 4.0}),
    "interpolateCosine": optax.piecewise_interpolate_schedule("cosine", 2.0, {3: 0.5, 9: 0.1, 15: 4.0}),
    "warmupConstant": optax.schedules.warmup_constant_schedule(0.1, 1.0, 7),
    "warmupExponential": optax.warmup_exponential_decay_schedule(0.1, 1.0, 5, 3, 0.5, 2, True, 0.2),
    "warmupCosine": optax.warmup_cosine_decay_schedule(0.0, 1.0, 5, 18, 0.1, 2.0),
    "sgdr": optax.sgdr_schedule(
        [
            dict(init_value=0.0, peak_value=1.0, warmup_steps=2, decay_steps=8),
            dict(init_value=0.1, peak_value=0.5, warmup_steps=3, decay_steps=12, end_value=0.05),
        ]
    ),
    "piecewiseConstant": optax.piecewise_constant_schedule(1.0, {10: 0.5, 4: 0.1}),
    "polynomial": optax.polynomial_schedule(init_value=1.0, end_value=0.1, power=3, transition_steps=9, transition_begin=4),
}
values = {name: [float(schedule(n)) for n in range(24)] for name, schedule in schedules.items()}

document = {"params": start, "gradients": gradients, "cases": cases, "schedules": values}
lines = [f'"{name}": {json.dumps(plain(case))}' for name, case in cases.items()]
rates = [f'"{name}": {json.dumps(plain(list(v)))}' for name, v in values.items()]
(HERE / "optax.json").write_text(
    "{\n"
    + f'"source": "optax {optax.__version__}",\n'
    + f'"params": {json.dumps(plain(start))},\n"gradients": {json.dumps(plain(gradients))},\n'
    + '"cases": {\n' + ",\n".join(lines) + "\n},\n"
    + '"schedules": {\n' + ",\n".join(rates) + "\n}\n}\n"
)
