"""The list of models that a server serves, as its models.conf has it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Mapping, Sequence, Union

from google.protobuf import text_format
from @module{} import descriptor_pool
from @module{tensorflow_serving/config/model_server_config.proto} import (
    ModelConfig,
    ModelServerConfig,
)

from .errors import InputError


class ModelsConf:
    """A models.conf, to read, to change and to write. What isn't changed stays as it was.

    A server is sent the whole list (Client.reload): it can't be asked for the one it has.
    """

    def __init__(self, message: ModelServerConfig | None = None) -> None:
        self.message = ModelServerConfig()
        """The list as the server takes it."""
        if message is not None:
            self.message.CopyFrom(message)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> ModelsConf:
        """Read text format, as --model_config_file is written in. Raises InputError with file and line."""
        made = cls()
        try:
            # What may be inside an Any (custom_model_config is one) is in the package's own pool.
            text_format.Parse(
                Path(path).read_text(encoding="utf-8"), made.message, descriptor_pool=descriptor_pool
            )
        except text_format.ParseError as error:
            raise InputError("setting", f"{os.fspath(path)}:{error}") from error
        return made

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write text format; the file is the old one or the new one at any time."""
        target = Path(path)
        text = text_format.MessageToString(self.message, descriptor_pool=descriptor_pool)
        handle, name = tempfile.mkstemp(dir=str(target.parent), prefix=f".{target.name}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
            Path(name).chmod(mode)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink()
            raise

    @property
    def names(self) -> list[str]:
        """The models in the list."""
        return [each.name for each in self.message.model_config_list.config]

    def serve(
        self,
        name: str,
        base_path: str | None = None,
        *,
        platform: str | None = None,
        versions: Sequence[int] | None = None,
        latest: int | None = None,
        every: bool = False,
        labels: Mapping[str, int] | None = None,
    ) -> None:
        """Add a model, or change what is given of one that is there.

        base_path: the folder that has a folder for each version. platform: "tensorflow" where it isn't given.
        versions, latest, every: these versions, the newest so many, or all; a server serves the newest one
        where none of them is given. labels: names of versions; a server takes one only for a version that is
        available already.
        """
        if sum((versions is not None, latest is not None, every)) > 1:
            raise InputError("setting", "versions, latest and every: give one of them")
        config = self._find(name)
        if config is None:
            if not base_path:
                raise InputError("missing", f"model {name} is new: it needs a base_path")
            config = self.message.model_config_list.config.add(name=name, model_platform="tensorflow")
        if base_path:
            config.base_path = base_path
        if platform:
            config.model_platform = platform
        policy = config.model_version_policy
        if versions is not None:
            policy.specific.versions[:] = versions
        elif latest is not None:
            policy.latest.num_versions = latest
        elif every:
            policy.all.SetInParent()
        if labels is not None:
            if "version_labels" not in config.DESCRIPTOR.fields_by_name:
                raise InputError("setting", "servers of this release have no labels")
            config.version_labels.clear()
            config.version_labels.update(labels)

    def remove(self, name: str) -> None:
        """Take a model out of the list. A server unloads it."""
        config = self._find(name)
        if config is None:
            raise InputError(
                "name", f"the list has no model {name}: it has {', '.join(self.names) or 'none'}"
            )
        self.message.model_config_list.config.remove(config)

    def _find(self, name: str) -> ModelConfig | None:
        found = [each for each in self.message.model_config_list.config if each.name == name]
        return found[0] if found else None


Models = Union[ModelsConf, ModelServerConfig, str, "os.PathLike[str]"]
"""A list of models, or the path of a models.conf."""


def server_config(models: Models) -> ModelServerConfig:
    """A list of models as the server takes it."""
    if isinstance(models, ModelsConf):
        return models.message
    if isinstance(models, ModelServerConfig):
        return models
    return ModelsConf.read(models).message
