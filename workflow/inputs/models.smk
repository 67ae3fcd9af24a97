# Inputs, code and constraints of the rules for models.


def models_with(key):
    """Names of the models whose entry has a key, as a wildcard constraint."""
    return "|".join(name for name, entry in config["models"].items() if key in entry)


def model_code(wildcards):
    entry = model_of(wildcards)
    weighting = [("weighting", entry["weighting"])] if entry.get("weighting") else []
    return code("train_model", ("models", entry["architecture"]), *weighting)


def weights_file(wildcards):
    """Download of the weights of an imported model."""
    return expand(
        "results/downloads/models/{model}/{file}", file=model_of(wildcards)["weights"], **wildcards
    )


def import_code(wildcards):
    return code("import_model", ("models", model_of(wildcards)["architecture"]))
