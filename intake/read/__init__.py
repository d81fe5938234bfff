"""Read: what was filled in on the pages of a known form, judged from ink against the blank.

Promises: three states, `unclear` where a careful clerk would look twice; every state can show the crop it was made
from. What the writing says is left to `intake.values`.
"""

from intake.read.crops import crops
from intake.read.fields import read_fields
from intake.read.straight import Corners, form_corners_mm, skewed, upright

__all__ = ["Corners", "crops", "form_corners_mm", "read_fields", "skewed", "upright"]
