"""Shared base of exact Gaussian processes, which are BoTorch models underneath."""

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import partial

import torch
from botorch.models import SingleTaskGP
from botorch.models.transforms.input import InputTransform
from botorch.optim.fit import fit_gpytorch_mll_torch
from gpytorch.kernels import Kernel
from gpytorch.mlls import ExactMarginalLogLikelihood
from jaxtyping import Float
from torch import Tensor, nn

from lso.surrogates._standardisation import standardising

logger = logging.getLogger(__name__)

PARAMETERS = "model."


class Features(InputTransform):
    """Latent points, standardised, through a network that is fitted with the process.

    Args:
        shift: of the standardisation, a scalar.
        scale: of the standardisation, a scalar.
        network: from (n, d) to (n, f).
    """

    transform_on_train = transform_on_eval = transform_on_fantasize = True

    def __init__(self, shift: Tensor, scale: Tensor, network: nn.Module) -> None:
        super().__init__()
        self.register_buffer("shift", shift)
        self.register_buffer("scale", scale)
        self.network = network

    def transform(self, X: Float[Tensor, "*b n d"]) -> Float[Tensor, "*b n f"]:
        """Features of points; the name of the argument is BoTorch's."""
        return self.network((X - self.shift) / self.scale)


@dataclass(frozen=True, eq=False)
class ExactPosterior:
    """Posterior of an exact Gaussian process.

    Args:
        surrogate: the settings that made it.
        model: BoTorch's, from latent points to standardised scores; frozen, in evaluation mode.
        z: (n, d) its data.
        y: (n,) their scores, in units of the objective.
        output_shift: scores are standardised as (y − shift) / scale.
        output_scale: see `output_shift`.
    """

    surrogate: "ExactSurrogate"
    model: SingleTaskGP
    z: Float[Tensor, "n d"]
    y: Float[Tensor, "n"]
    output_shift: Float[Tensor, ""]
    output_scale: Float[Tensor, ""]

    @property
    def input_shift(self) -> Float[Tensor, ""]:
        """Latent points are standardised as (z − shift) / scale."""
        return self.model.input_transform.shift

    @property
    def input_scale(self) -> Float[Tensor, ""]:
        """See `input_shift`."""
        return self.model.input_transform.scale

    @property
    def lengthscales(self) -> Float[Tensor, "d"] | None:
        """Those of the latent dimensions, in standardised units; None if others are used."""
        return self.surrogate.lengthscales(self.model)

    def standardised(self, y: Float[Tensor, "*q"]) -> Float[Tensor, "*q"]:
        """Scores in the units of `model`."""
        return (y.to(self.y) - self.output_shift) / self.output_scale

    def predict(self, z: Float[Tensor, "n d"]) -> tuple[Float[Tensor, "n"], Float[Tensor, "n"]]:
        """Mean and variance of the objective, in its own units."""
        posterior = self.model.posterior(z[:, None])
        mean, variance = posterior.mean.flatten(), posterior.variance.flatten()
        return mean * self.output_scale + self.output_shift, variance * self.output_scale.square()

    def condition(self, z: Float[Tensor, "q d"], y: Float[Tensor, "q"]) -> "ExactPosterior":
        """The posterior after q more points, at the same hyper-parameters."""
        grown = self.tensors() | {"z": torch.cat([self.z, z]), "y": torch.cat([self.y, y])}
        return self.surrogate.restore(grown)

    def tensors(self) -> dict[str, Tensor]:
        """Data, scaling and every parameter by name."""
        parameters = {PARAMETERS + name: value for name, value in self.model.state_dict().items()}
        scaling = {"output_shift": self.output_shift, "output_scale": self.output_scale}
        return {"z": self.z, "y": self.y} | scaling | parameters


@dataclass(frozen=True, kw_only=True)
class ExactSurrogate(ABC):
    """An exact Gaussian process over features of standardised latent points; O(n³).

    Hyper-parameters maximise the marginal likelihood (with the priors of the kernel) by Adam.

    Args:
        steps: of the first fit.
        refit_steps: of a refit, which starts from the values before.
        learning_rate: of Adam.
    """

    steps: int
    refit_steps: int
    learning_rate: float

    def __post_init__(self) -> None:
        for name in ("steps", "refit_steps", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, came {getattr(self, name)}")

    @abstractmethod
    def network(self, dimensions: int, generator: torch.Generator) -> nn.Module:
        """Features of d standardised dimensions, at random weights."""

    @abstractmethod
    def kernel(self, dimensions: int) -> Kernel:
        """Covariance of features of d latent dimensions."""

    def lengthscales(self, model: SingleTaskGP) -> Float[Tensor, "d"] | None:
        """Length scales of the latent dimensions, where the kernel sees them."""
        return None

    def fit(
        self, x: Float[Tensor, "n d"], y: Float[Tensor, "n"], generator: torch.Generator
    ) -> ExactPosterior:
        """Fit hyper-parameters from scratch.

        Raises:
            ValueError: if there are no data or some are not finite.
        """
        if len(y) == 0 or not (x.isfinite().all() and y.isfinite().all()):
            raise ValueError(f"expected finite points and scores to fit to, came {len(y)} points")
        posterior = self._assemble(x, y, standardising(x, y), generator)
        return self._ascend(posterior, self.steps)

    def refit(
        self, posterior: ExactPosterior, x: Float[Tensor, "n d"], y: Float[Tensor, "n"]
    ) -> ExactPosterior:
        """Fit to all data from the values of a posterior, whose scaling is kept."""
        grown = self.restore(posterior.tensors() | {"z": x, "y": y})
        return self._ascend(grown, self.refit_steps)

    def restore(self, tensors: dict[str, Tensor]) -> ExactPosterior:
        """Rebuild a posterior from its tensors, bit for bit."""
        tensors = {name: tensor.clone() for name, tensor in tensors.items()}
        parameters = {
            name.removeprefix(PARAMETERS): tensor
            for name, tensor in tensors.items()
            if name.startswith(PARAMETERS)
        }
        scaling = {name: tensors[name] for name in ("output_shift", "output_scale")}
        scaling |= {f"input_{k}": parameters[f"input_transform.{k}"] for k in ("shift", "scale")}
        posterior = self._assemble(tensors["z"], tensors["y"], scaling, torch.Generator())
        posterior.model.train()  # the features of the data follow the parameters
        posterior.model.load_state_dict(parameters)
        return _frozen(posterior)

    def _assemble(
        self, x: Tensor, y: Tensor, scaling: dict[str, Tensor], generator: torch.Generator
    ) -> ExactPosterior:
        d = x.shape[1]
        network = self.network(d, generator).to(x)
        scaled = (y - scaling["output_shift"]) / scaling["output_scale"]
        model = SingleTaskGP(
            x,
            scaled[:, None],
            covar_module=self.kernel(d),
            outcome_transform=None,
            input_transform=Features(scaling["input_shift"], scaling["input_scale"], network),
        )
        return ExactPosterior(self, model, x, y, scaling["output_shift"], scaling["output_scale"])

    def _ascend(self, posterior: ExactPosterior, steps: int) -> ExactPosterior:
        model = posterior.model.train().requires_grad_(True)
        evidence = ExactMarginalLogLikelihood(model.likelihood, model)
        result = fit_gpytorch_mll_torch(
            evidence,
            step_limit=steps,
            stopping_criterion=None,
            optimizer=partial(torch.optim.Adam, lr=self.learning_rate),
        )
        logger.info("evidence %.4f per point, %d points", -float(result.fval), len(posterior.y))
        with torch.no_grad():
            model.transform_inputs(model.train_inputs[0])  # the range of the last features
        return _frozen(posterior)


def _frozen(posterior: ExactPosterior) -> ExactPosterior:
    posterior.model.requires_grad_(False).eval()
    return posterior
