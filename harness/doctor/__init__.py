"""What an installation of tinyhil has and lacks, and how each lack is made good: the verb `tinyhil doctor`."""
