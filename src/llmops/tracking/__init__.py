"""Recording what trainings do, and finding it again."""
