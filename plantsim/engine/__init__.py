"""The bridge between what the plant is and what happened; the only home of simpy."""
