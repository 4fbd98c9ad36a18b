enum IdentityModule {}
