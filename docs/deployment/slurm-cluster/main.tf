# A SLURM cluster for `rendersdg render --farm slurm`: a network, a bucket, and the configuration that AWS ParallelCluster reads.
#   terraform init && terraform apply && pcluster create-cluster --cluster-name rendersdg --cluster-configuration cluster.yaml
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
    local = {
      source  = "hashicorp/local"
      version = ">= 2.4"
    }
  }
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "bucket" {
  description = "Bucket for datasets, which this makes"
  type        = string
}

variable "key_name" {
  description = "Name of an EC2 key pair, for the head node"
  type        = string
}

variable "most_nodes" {
  description = "Nodes at most, of 8 cores each"
  type        = number
  default     = 25
}

variable "from_address" {
  description = "Addresses that may reach the head node by SSH, as a CIDR block"
  type        = string
}

variable "package" {
  description = "What pip installs: a name, a wheel's address, or git+https://..."
  type        = string
  default     = "rendersdg[slurm,s3]"
}

provider "aws" {
  region = var.region
}

data "aws_availability_zones" "here" {
  state = "available"
}

resource "aws_vpc" "cluster" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_internet_gateway" "cluster" {
  vpc_id = aws_vpc.cluster.id
}

resource "aws_subnet" "cluster" {
  vpc_id                  = aws_vpc.cluster.id
  cidr_block              = "10.0.0.0/20"
  availability_zone       = data.aws_availability_zones.here.names[0]
  map_public_ip_on_launch = true
}

resource "aws_route_table" "cluster" {
  vpc_id = aws_vpc.cluster.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.cluster.id
  }
}

resource "aws_route_table_association" "cluster" {
  subnet_id      = aws_subnet.cluster.id
  route_table_id = aws_route_table.cluster.id
}

resource "aws_vpc_endpoint" "store" {
  vpc_id          = aws_vpc.cluster.id
  service_name    = "com.amazonaws.${var.region}.s3"
  route_table_ids = [aws_route_table.cluster.id]
}

resource "aws_s3_bucket" "data" {
  bucket = var.bucket
}

resource "aws_s3_bucket_public_access_block" "data" {
  bucket                  = aws_s3_bucket.data.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_object" "install" {
  bucket  = aws_s3_bucket.data.id
  key     = "install.sh"
  content = <<-EOT
    #!/bin/bash
    set -euo pipefail
    apt-get update
    apt-get install -y --no-install-recommends python3-venv
    python3 -m venv /opt/rendersdg
    /opt/rendersdg/bin/pip install "${var.package}"
    ln -sf /opt/rendersdg/bin/rendersdg /usr/local/bin/rendersdg
  EOT
}

resource "local_file" "cluster" {
  filename = "${path.module}/cluster.yaml"
  content = yamlencode({
    Region = var.region
    Image  = { Os = "ubuntu2204" }
    HeadNode = {
      InstanceType = "c7i.large"
      Networking   = { SubnetId = aws_subnet.cluster.id }
      Ssh          = { KeyName = var.key_name, AllowedIps = var.from_address }
      Iam          = { S3Access = [{ BucketName = aws_s3_bucket.data.bucket, EnableWriteAccess = true }] }
      CustomActions = {
        OnNodeConfigured = { Script = "s3://${aws_s3_bucket.data.bucket}/${aws_s3_object.install.key}" }
      }
    }
    Scheduling = {
      Scheduler = "slurm"
      SlurmQueues = [{
        Name         = "cpu"
        CapacityType = "SPOT"
        ComputeResources = [{
          Name      = "c7i"
          Instances = [{ InstanceType = "c7i.2xlarge" }, { InstanceType = "c6i.2xlarge" }]
          MinCount  = 0
          MaxCount  = var.most_nodes
        }]
        Networking = { SubnetIds = [aws_subnet.cluster.id] }
        Iam        = { S3Access = [{ BucketName = aws_s3_bucket.data.bucket, EnableWriteAccess = true }] }
        CustomActions = {
          OnNodeConfigured = { Script = "s3://${aws_s3_bucket.data.bucket}/${aws_s3_object.install.key}" }
        }
      }]
    }
  })
}

output "create" {
  value = "pcluster create-cluster --cluster-name rendersdg --cluster-configuration ${local_file.cluster.filename}"
}

output "render" {
  value = "rendersdg render scene.yaml -o s3://${aws_s3_bucket.data.bucket}/out --farm slurm --workers ${var.most_nodes * 8} --farm-option partition=cpu"
}
