"""How busy the machine is while a run goes on: processor, memory and GPU, as metrics of the run."""

from typing import Final

from llmops.core.errors import ExtraMissing

PREFIX: Final = "system/"


class SystemLoad:
    """Reads the load of the machine and of this process.

    Raises:
        ExtraMissing: psutil is not installed.
    """

    def __init__(self) -> None:
        try:
            import psutil
        except ImportError as error:
            raise ExtraMissing("psutil", "tracking", needed_for="system metrics of runs") from error
        self._psutil = psutil
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first reading is what later ones count from
        psutil.cpu_percent()
        self._gpus = _Gpus()

    def read(self) -> dict[str, float]:
        """Percentages, and megabytes (1e6 bytes), by the names of metrics."""
        memory = self._psutil.virtual_memory()
        read = {
            "cpu_percent": self._psutil.cpu_percent(),
            "memory_percent": memory.percent,
            "process_cpu_percent": self._process.cpu_percent(),
            "process_memory_mb": self._process.memory_info().rss / 1e6,
            **self._gpus.read(),
        }
        return {PREFIX + name: float(value) for name, value in read.items()}


class _Gpus:
    """The GPUs that NVIDIA's library knows; none where it is not installed or finds no driver."""

    def __init__(self) -> None:
        self._handles = []
        try:
            import pynvml
        except ImportError:
            return
        self._library = pynvml
        try:
            pynvml.nvmlInit()
            self._handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        except pynvml.NVMLError:
            return

    def read(self) -> dict[str, float]:
        """Percentage of time and megabytes in use, by GPU."""
        read = {}
        for number, handle in enumerate(self._handles):
            read[f"gpu_{number}_percent"] = self._library.nvmlDeviceGetUtilizationRates(handle).gpu
            read[f"gpu_{number}_memory_mb"] = self._library.nvmlDeviceGetMemoryInfo(handle).used / 1e6
        return read
