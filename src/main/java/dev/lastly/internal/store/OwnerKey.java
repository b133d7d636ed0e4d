package dev.lastly.internal.store;

/** What a row repeats of its owner, so that an auditor needs no join. */
record OwnerKey(long id, long pid, String bootId) {}
