"""The order of the stages, from an upload to fresh values. Each room's services do the work; this page says what follows what.

    upload stored -> datasets.inspect -> (a person names the columns) -> datasets.load -> metrics.compute_dataset
    definition or typed value changed -> metrics.compute_metric
"""
