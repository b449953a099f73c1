module "storage" {
  source           = "./modules/storage"
  name             = var.name
  origins          = concat(["https://${var.pages.host}"], var.origins)
  distribution_arn = module.cdn.arn
}

module "cdn" {
  source                      = "./modules/cdn"
  name                        = var.name
  host                        = var.media.host
  certificate_arn             = var.media.certificate_arn
  bucket_regional_domain_name = module.storage.bucket_regional_domain_name
}

module "data" {
  source            = "./modules/data"
  name              = var.name
  vpc_id            = var.network.vpc_id
  subnets           = var.network.private_subnets
  client_groups     = var.ecs ? { ecs = module.compute[0].security_group_id } : {}
  database_password = var.database_password
  redis_token       = var.redis_token
  secrets_version   = var.secrets_version
}

module "iam" {
  source      = "./modules/iam"
  name        = var.name
  bucket_arn  = module.storage.bucket_arn
  secret_arns = module.data.secret_arns
  oidc        = var.oidc
}

module "compute" {
  source          = "./modules/compute"
  count           = var.ecs ? 1 : 0
  name            = var.name
  region          = var.region
  network         = var.network
  image           = var.image
  certificate_arn = var.pages.certificate_arn
  role_arns       = module.iam.role_arns
  secret_arns     = module.data.secret_arns

  settings = {
    AWS_REGION           = var.region
    STORYREEL_PUBLIC_URL = "https://${var.pages.host}"
    STORYREEL_MEDIA_URL  = "https://${var.media.host}"
    STORYREEL_S3_BUCKET  = module.storage.bucket
    STORYREEL_ORIGINS    = join(",", var.origins)
  }
}
