"""Compare the objects of a run with the data of its task: new, realistic, how far."""

from lso.components import build
from lso.job import begin
from lso.likeness import compare_with_data
from lso.storage import read_frame, read_history, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    _, history = read_history(snakemake.input.history, ["query", "x"])
    data = read_frame(snakemake.input.objects)["x"].tolist()
    kind = build("likeness", snakemake.params.likeness)
    compared = compare_with_data(kind, history["x"].tolist(), data)
    write_table(snakemake.output[0], compared.assign(query=history["query"]))
