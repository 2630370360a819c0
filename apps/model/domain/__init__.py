"""Metrics as code: the whole model of a company as one text, which lives in git and moves between workspaces.

document    what a model is made of (the definitions are the metrics room's own documents)
reading     YAML to plain data with the line of everything, within limits, safely
parsing     plain data to a model, or every fault with its line and path
writing     a model as canonical YAML: equal models are equal bytes
schema      the JSON Schema that editors and pipelines check a file with
difference  what one model says otherwise than another
checking    does a model fit: definitions, tree, North Star, targets, as they would be after it was applied
renaming    a model moved onto columns that are called otherwise
"""
