#pragma once

// Private to import.cpp: where its commands go.

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "discussion/rules.hpp"
#include "store/store.hpp"

#include <memory>
#include <span>
#include <vector>

namespace parley {

class ImportBatch {
public:
    ImportBatch() = default;
    ImportBatch(const ImportBatch&) = delete;
    ImportBatch& operator=(const ImportBatch&) = delete;
    virtual ~ImportBatch() = default;
    // One outcome for each command; there must be one.
    [[nodiscard]] virtual std::vector<result<Outcome>> run(std::span<const Command> commands) = 0;
};

// Each batch is a transaction of its own. What is passed must outlive it.
[[nodiscard]] std::unique_ptr<ImportBatch> make_committing_batch(Store& store, const Limits& limits,
                                                                 const Clock& clock);

// All batches are one transaction, which is rolled back when this is destroyed.
[[nodiscard]] std::unique_ptr<ImportBatch> make_trial_batch(Store& store, const Limits& limits);

}  // namespace parley
