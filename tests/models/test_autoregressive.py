import torch

from lso.models.autoregressive import Autoregressive
from lso.representations.tokens import Tokens

EXPRESSIONS = ["x*x", "exp(x)+2", "(x+1)*3", "x+sin(3)"]
TOKENS = Tokens(language="expression", length=15).fit(EXPRESSIONS)


def test_decoding_follows_what_training_would_say_of_its_own_tokens():
    model = Autoregressive(TOKENS, latent_dim=4, size="small", width=16).eval()
    z = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    logits = model.decoder_logits(z)
    forced = model.training_logits(z, logits.argmax(-1).to(torch.uint8))
    torch.testing.assert_close(logits, forced, rtol=1e-4, atol=1e-5)
    assert len(set(map(tuple, logits.argmax(-1).tolist()))) > 1
