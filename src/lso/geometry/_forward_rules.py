"""Forward-mode rules of layers for which torch's own are slow or, differentiated again, wrong."""

import inspect
from contextlib import suppress
from typing import Any

import torch
import torch.autograd.forward_ad as forward_mode
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode


class ForwardRules(TorchFunctionMode):
    """Inside this context, layers in `RULES` carry tangents by our rules.

    Constants that meet tangents in one of `WITH_ZEROS` are given tangents of zeros first. Being
    active, it also keeps attention layers off their fused inference path, which knows no forward
    mode.
    """

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None):
        kwargs = kwargs or {}
        if function in WITH_ZEROS:
            with suppress(RuntimeError):  # inside a vmap of the decoder's own: torch does without
                args = _with_zeros(args)
        rule = RULES.get(function)
        if rule is None:
            return function(*args, **kwargs)
        bound = SIGNATURES[rule].bind(*args, **kwargs).arguments
        if not any(_has_tangent(bound[name]) for name in CARRIERS.get(rule, ("input",))):
            return function(*args, **kwargs)
        return rule(**bound)


def _has_tangent(x: Any) -> bool:
    return isinstance(x, Tensor) and forward_mode.unpack_dual(x).tangent is not None


def _with_zeros(args: tuple) -> tuple:
    """Give constants among tensors that have tangents one of zeros."""
    if not any(map(_has_tangent, args)):
        return args
    return tuple(_with_zero(x) for x in args)


def _with_zero(x: Any) -> Any:
    if not isinstance(x, Tensor) or not x.is_floating_point() or _has_tangent(x):
        return x
    x = x.contiguous()  # an expanded tensor cannot carry tangents
    return forward_mode.make_dual(x, torch.zeros_like(x))


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """One product; torch adds the tangents, all zero, of weight and bias to it."""
    if _has_tangent(weight) or _has_tangent(bias):
        return F.linear(input, weight, bias)
    x, tangent = forward_mode.unpack_dual(input)
    return forward_mode.make_dual(F.linear(x, weight, bias), F.linear(tangent, weight))


def addmm(
    input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float | int = 1, alpha: float | int = 1
) -> Tensor:
    """As linear."""
    if _has_tangent(mat2):
        return torch.addmm(*_with_zeros((input, mat1, mat2)), beta=beta, alpha=alpha)
    (x, shift), (rows, tangent) = map(forward_mode.unpack_dual, (input, mat1))
    outputs = torch.addmm(x, rows, mat2, beta=beta, alpha=alpha)
    if tangent is None:
        moved = (beta * shift).expand_as(outputs)
    elif shift is None:
        moved = alpha * (tangent @ mat2)
    else:
        moved = torch.addmm(shift, tangent, mat2, beta=beta, alpha=alpha)
    return forward_mode.make_dual(outputs, moved)


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Outside training a channel has one slope; torch's rule loads the compiler (`WITH_ZEROS`)."""
    settings = (running_mean, running_var, weight, bias, training, momentum, eps)
    if training or running_var is None or _has_tangent(weight) or _has_tangent(bias):
        return F.batch_norm(input, *settings)
    x, tangent = forward_mode.unpack_dual(input)
    slope = (running_var + eps).rsqrt() * (1 if weight is None else weight)
    slope = slope.view(-1, *[1] * (x.dim() - 2))
    return forward_mode.make_dual(F.batch_norm(x, *settings), tangent * slope)


def layer_norm(
    input: Tensor,
    normalized_shape: Any,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """Torch's rule forgets that mean and deviation depend on x when it is differentiated again."""
    x, tangent = forward_mode.unpack_dual(input)
    dims = tuple(range(-len(normalized_shape), 0))
    slope = _standardise_tangent(x, tangent, dims, eps)
    outputs = F.layer_norm(x, normalized_shape, eps=eps)
    return _scale_and_shift(forward_mode.make_dual(outputs, slope), weight, bias)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """As layer_norm, over the positions of a channel."""
    if not use_input_stats:
        settings = (running_mean, running_var, weight, bias, False, momentum, eps)
        return F.instance_norm(input, *settings)
    x, tangent = forward_mode.unpack_dual(input)
    slope = _standardise_tangent(x, tangent, tuple(range(2, x.dim())), eps)
    outputs = F.instance_norm(x, eps=eps)
    shape = (-1, *[1] * (x.dim() - 2))
    weight, bias = (None if p is None else p.view(shape) for p in (weight, bias))
    return _scale_and_shift(forward_mode.make_dual(outputs, slope), weight, bias)


def _scale_and_shift(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    """Affine part of a normalisation, whose parameters may depend on the latent themselves."""
    if weight is not None:
        x = torch.mul(*_with_zeros((x, weight)))
    return x if bias is None else torch.add(*_with_zeros((x, bias)))


def _standardise_tangent(x: Tensor, tangent: Tensor, dims: tuple[int, ...], eps: float) -> Tensor:
    """d[(x - μ)/s] = (dx - mean dx - x̂ mean(x̂ dx)) / s, with x̂ = (x - μ)/s."""
    centred = x - x.mean(dims, keepdim=True)
    inverse = (centred.square().mean(dims, keepdim=True) + eps).rsqrt()
    standard = centred * inverse
    along = (standard * tangent).mean(dims, keepdim=True)
    return inverse * (tangent - tangent.mean(dims, keepdim=True) - standard * along)


# for a constant among their arguments torch loads its compiler, two seconds, to spare some zeros
WITH_ZEROS = {torch.Tensor.add, torch.Tensor.sub, torch.Tensor.mul, torch.lerp}
RULES = {
    torch.addmm: addmm,
    F.batch_norm: batch_norm,
    F.instance_norm: instance_norm,
    F.layer_norm: layer_norm,
    torch.layer_norm: layer_norm,
    F.linear: linear,
}
CARRIERS = {addmm: ("input", "mat1", "mat2")}  # whose input is only its bias
SIGNATURES = {rule: inspect.signature(rule) for rule in RULES.values()}
