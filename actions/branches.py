"""The bank's branches, and which of them are near. Pure.

The file is the bank's own data: a list of name, address, telephone, hours, latitude and longitude.
China's maps and WeChat use GCJ-02 coordinates; the branches are to be written in the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

_EARTH_KM = 6_371.0
FAR_KM = 100.0
"""Beyond it a branch is no help."""
_SHOWN = 3


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Branch(_Entry):
    """One branch."""

    name: str = Field(min_length=2, max_length=60)
    address: str = Field(min_length=2, max_length=120)
    phone: str = Field(default="", max_length=30)
    hours: str = Field(default="", max_length=60)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Branches(_Entry):
    """All of them."""

    sample: bool = False
    """Whether these are made up; then customers are told so."""
    branches: tuple[Branch, ...] = ()

    def near(self, latitude: float, longitude: float) -> list[tuple[float, Branch]]:
        """The nearest, at most three within reach, with the distance in kilometres."""
        measured = [
            (distance_km(latitude, longitude, one.latitude, one.longitude), one)
            for one in self.branches
        ]
        within = [pair for pair in measured if pair[0] <= FAR_KM]
        return sorted(within, key=lambda pair: pair[0])[:_SHOWN]


def distance_km(
    latitude: float, longitude: float, to_latitude: float, to_longitude: float
) -> float:
    """Along the great circle, by the haversine formula; arguments in degrees."""
    first, second = math.radians(latitude), math.radians(to_latitude)
    half = math.sin((second - first) / 2) ** 2
    turn = math.sin(math.radians(to_longitude - longitude) / 2) ** 2
    chord = half + math.cos(first) * math.cos(second) * turn
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, chord)))


def parse_branches(text: str) -> Branches:
    """Read the file. Raises ValueError, in Chinese, that names what is wrong."""
    try:
        return Branches.model_validate(yaml.safe_load(text) or {})
    except yaml.YAMLError as error:
        raise ValueError(f"网点文件不是有效的 YAML：{error}") from error
    except ValidationError as error:
        raise ValueError(f"网点文件：{_explain(error)}") from error


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    where: Sequence[int | str] = first["loc"]
    place = "，".join(f"第{part + 1}个" if isinstance(part, int) else part for part in where)
    return f"{place}：{first['msg']}"


def branch_payload(latitude: float, longitude: float) -> str:
    """How a channel asks for the branches near a place that a customer sent."""
    return f"/branch:{latitude:.5f},{longitude:.5f}"


def place_in(value: str) -> tuple[float, float] | None:
    """Latitude and longitude of such a payload's value; None where that is no place on Earth."""
    try:
        latitude, longitude = map(float, value.split(","))
    except ValueError:
        return None
    is_place = abs(latitude) <= 90 and abs(longitude) <= 180
    return (latitude, longitude) if is_place else None
