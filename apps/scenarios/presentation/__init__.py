"""From a what-if to finished page pieces and to a workbook."""
