"""See what a model would change, and change it."""

from apps.model.services.acting import LONGEST_NOTE, Options
from apps.model.services.planning import Plan, apply_model, plan_model

__all__ = ["LONGEST_NOTE", "Options", "Plan", "apply_model", "plan_model"]
