"""What every section of the settings has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Port = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    """Frozen; a name that it does not know is an error, and so is an unfit default."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
