"""`python -m lso.explore CHECKPOINT [setting=value ...]`: open a search in the browser.

Settings are those of `lso.explore.settings.Settings`, such as port=9000 or host=0.0.0.0.
"""

import logging
import socket
import sys
from pathlib import Path

import uvicorn
import yaml

from lso.checkpoints import read_model
from lso.components import build
from lso.explore.explorer import Explorer
from lso.explore.server import LOOPBACK, application
from lso.explore.settings import Settings
from lso.explore.views import view_of
from lso.kinds import ConfigError
from lso.storage import StorageError, digest_of, locked


def settings_from(words: list[str]) -> Settings:
    """Read `setting=value` words; raises ConfigError naming what is known."""
    pairs = [word.partition("=") for word in words]
    for name, equals, _ in pairs:
        if not equals:
            raise ConfigError(f"expected setting=value, came {name!r}")
    try:
        given = {name: yaml.safe_load(value) for name, _, value in pairs}
    except yaml.YAMLError as error:
        raise ConfigError(f"expected setting=value, came {words}: {error}") from error
    return build("explore", {"kind": "settings", **given}, "settings")


def main(words: list[str]) -> None:
    """Serve until stopped.

    Raises:
        ConfigError, StorageError, ValueError, OSError: with what to do about it.
    """
    checkpoint, settings = Path(words[0]), settings_from(words[1:])
    model, _, _ = read_model(checkpoint)
    session = Path(settings.session or checkpoint.with_name(f"{checkpoint.stem}.session"))
    with locked(session), socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen()  # from here on a page waits, instead of being refused
        port = listener.getsockname()[1]
        view = view_of(model.representation)
        explorer = Explorer(model, view, digest_of(checkpoint), settings, session)
        if settings.host not in LOOPBACK:
            logging.warning("listening on %s: whoever reaches it may use it", settings.host)
        logging.info("explore: open http://%s:%d (session: %s)", settings.host, port, session)
        app = application(explorer, settings.host)
        # do not wait for pages that are still open when the explorer is stopped
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    if len(sys.argv) < 2:
        sys.exit(f"explore: which checkpoint?\n{__doc__}")
    try:
        main(sys.argv[1:])
    except (ConfigError, StorageError, ValueError, OSError) as error:
        sys.exit(f"explore: {error}")
