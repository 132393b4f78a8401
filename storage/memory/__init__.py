"""Every port in memory, with the semantics of the real stores: for tests, and for nothing that must last."""

from storage.memory.blobs import MemoryBlobs
from storage.memory.prediction_log import MemoryPredictionLog
from storage.memory.store import MemoryStore
from storage.memory.tracking import MemoryTracking

__all__ = ["MemoryBlobs", "MemoryPredictionLog", "MemoryStore", "MemoryTracking"]
