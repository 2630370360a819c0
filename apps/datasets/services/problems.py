"""Issues as they lie in an upload's row."""

from collections.abc import Iterable

from apps.kernel.issue import Issue


def as_json(issues: Iterable[Issue]) -> list[dict]:
    """Issues as plain JSON; `models.in_words` says them to a reader."""
    return [
        {
            "where": issue.where,
            "message": issue.message,
            "params": {
                name: value if isinstance(value, int | str) else str(value) for name, value in issue.params.items()
            },
        }
        for issue in issues
    ]
